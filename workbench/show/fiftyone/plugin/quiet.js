// FiftyOne's App covers the grid with an advertisement until somebody closes it, in every browser and at every port anew.
window.localStorage.setItem("fiftyone-enterprise-tooltip-seen", "true");
