"""Formats by their face: those that are not read are refused by name, and none is ever taken for another."""

import gzip
import json
import pickle
from pathlib import Path

import pytest
from PIL import Image

from workbench.label import FORMATS, read_labels
from workbench.label.formats import faces
from workbench.label.formats.detect import choose
from workbench.label.formats.json_paths import has, key_paths
from workbench.model.errors import InputError

RECT = {"x": 40, "y": 60, "width": 100, "height": 40}
# Small samples, written here after each format's published documentation: the file's name, its content, the face.
UNREAD = [
    ("a.txt", "% bbGt version=3\nperson 40 60 100 40 0 0 0 0 0 0 0\n", "piotr-bbgt"),
    ("a.txt", "# PASCAL Annotation Version 1.00\n\nImage filename : \"a.png\"\n", "inria"),
    ("wider_face_train_bbx_gt.txt", "0--Parade/a.jpg\n1\n40 60 100 40 0 0 0 0 0 0 \n", "wider-face"),
    ("FDDB-fold-01-ellipseList.txt", "2002/08/11/big/a\n1\n67.36 44.51 -1.47 105.24 87.20  1\n", "fddb"),
    ("Label.txt", 'img/a.jpg\t[{"transcription": "AB 1", "points": [[1, 2], [3, 2], [3, 4], [1, 4]]}]\n', "ppocr"),
    ("_annotations.txt", "a.jpg 40,60,140,100,0 5,6,70,80,1\nb.jpg 1,2,3,4,0\n", "yolov4-list"),
    ("output.txt", '0 40 60 140 100 0 0 0 0 "plate"\n0 42 60 142 100 1 0 0 0 "plate"\n', "vatic"),
    ("output.txt", '0 40 60 140 100 0 0 0 0 "plate" "parked"\n', "vatic"),
    ("labels.csv", 'a.jpg 950 574 1004 620 0 "car"\nb.jpg 1 2 30 40 0 "car" "blue"\n', "udacity"),
    ("list_bbox_celeba.txt", "2\nimage_id x_1 y_1 width height\n0.jpg 95 71 22 31\na.jpg 7 2 3 4\n", "picture-first"),
    ("boxes.csv", "a.jpg,40,60,140,100\nb.jpg,1,2,30,40\n", "picture-first-table"),
    ("a.txt", "camera: GoPro\nposition_vehicle: 822 450 244 195\n\ttype: car\nplate: ABC1234\n", "named-values"),
    ("a.txt", "Orange 0.0 10.5 793.7 765.1\nTraffic light 5 6 70 80\n", "oidv4"),
    ("0000.txt", "0 2 Car 0 0 -1.79 296.7 161.7 455.2 292.3 2.0 1.8 4.4 -4.5 1.8 13.4 -2.1\n", "kitti-tracking"),
    ("0000.txt", "0 2 Car 0 0 -1.79 296.7 161.7 455.2 292 2 1 4 -4.5 1.8 13.4 -2.1 0.9\n", "kitti-tracking-results"),
    ("M0101_gt_whole.txt", "1,1,40,60,100,40,1,1,1\n2,1,42,60,100,40,1,2,3\n", "uavdt"),
    ("uav0000013.txt", "1,0,593,43,174,190,0,0,0,0\n2,0,592,43,174,190,1,4,0,1\n", "visdrone-vid"),
    ("det/det.txt", "1,-1,794.2,47.5,71.2,174.8,67.5,-1,-1,-1\n", "mot-det"),
    ("tracks.txt", "1,-1,794.2,47.5,71.2,174.8,67.5,-1,-1,-1\n", "mot-detections"),
    ("gt_img_1.txt", "377,117,463,117,465,130,378,130,Genaxis\n493,115,519,115,519,131,493,131,[06]\n", "icdar"),
    ("gt_1.txt", '38, 43, 920, 215, "Tiredness"\n275, 264, 665, 450, "kills"\n', "icdar-13"),
    ("groundtruth.txt", "40,60,100,40\n42,60,100,40\n", "tracking-box"),
    ("import.csv", "TRAIN,gs://bucket/a.jpg,plate,0.1,0.2,,,0.3,0.4,,\n", "vertex-csv"),
    ("d.csv", "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id\n40,60,140,100,0,0.9,\n", "supervision-csv"),
    ("p.csv", 'annotation_id,annotator,created_at,id,image,label\n1,1,now,1,a.jpg,"[{""x"":1}]"\n', "label-studio-csv"),
    (
        "panoptic_val2017.json",
        {"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "plate"}]}
        | {"annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 3, "category_id": 1}]}]},
        "coco-panoptic",
    ),
    ("r.json", [{"image_id": 1, "category_id": 1, "bbox": [40, 60, 100, 40], "score": 0.9}], "coco-results"),
    (
        "r.json",
        [{"name": "plate", "class": 0, "confidence": 0.9, "box": {"x1": 40, "y1": 60, "x2": 140, "y2": 100}}],
        "ultralytics-results",
    ),
    (
        "d.json",
        [{"x_min": "40", "y_min": "60", "x_max": "140", "y_max": "100", "class_id": "0", "confidence": "0.9"}],
        "supervision-json",
    ),
    (
        "via3.json",
        {"project": {"pid": "__VIA_PROJECT_ID__", "rev": "1"}, "config": {}, "attribute": {}, "file": {}}
        | {"metadata": {"1_a": {"vid": "1", "xy": [2, 40, 60, 100, 40]}}, "view": {}},
        "via3",
    ),
    (
        "p-export.json",
        {"name": "p", "tags": [{"name": "plate"}], "assets": {"f1": {"asset": {"id": "f1", "name": "a.jpg"}}}}
        | {"version": "2.2.0"},
        "vott",
    ),
    (
        "f1-asset.json",
        {"asset": {"id": "f1", "name": "a.jpg", "size": {"width": 320}}, "regions": [{"tags": ["plate"]}]},
        "vott",
    ),
    (
        "v.json",
        {"frames": {"0": [{"x1": 40, "y1": 60, "tags": ["plate"]}]}, "inputTags": "plate", "visitedFrames": [0]},
        "vott",
    ),
    (
        "train.json",
        {"dm_format_version": "1.0", "infos": {}, "categories": {"label": {"labels": [{"name": "plate"}]}}}
        | {"items": [{"id": "a", "annotations": [{"type": "bbox", "bbox": [40, 60, 100, 40]}]}]},
        "datumaro",
    ),
    (
        "a.json",
        {"version": "2.0", "schema_ref": "https://darwin", "item": {"name": "a.jpg", "path": "/", "slots": []}}
        | {"annotations": [{"bounding_box": {"x": 40, "y": 60, "w": 100, "h": 40}, "name": "plate"}]},
        "darwin",
    ),
    (
        "a.json",
        {"dataset": "d", "image": {"filename": "a.jpg", "original_filename": "a.jpg"}}
        | {"annotations": [{"bounding_box": {"x": 40, "y": 60, "w": 100, "h": 40}, "name": "plate"}]},
        "darwin",
    ),
    (
        "a.jpg.json",
        {"description": "", "tags": [], "size": {"height": 240, "width": 320}}
        | {"objects": [{"geometryType": "rectangle", "classTitle": "plate", "points": {"exterior": [[40, 60]]}}]},
        "supervisely",
    ),
    (
        "a_gtFine_polygons.json",
        {"imgHeight": 1024, "imgWidth": 2048, "objects": [{"label": "car", "polygon": [[1, 2], [3, 2], [3, 4]]}]},
        "cityscapes",
    ),
    (
        "bdd100k_labels_images_val.json",
        [
            {"name": "a.jpg", "attributes": {"weather": "clear"}, "timestamp": 10000},
            {"name": "b.jpg", "labels": [{"category": "car", "box2d": {"x1": 4, "y1": 6, "x2": 14, "y2": 10}}]},
        ],
        "scalabel",
    ),
    (
        "a.json",
        {"name": "a", "frames": [{"timestamp": 1, "objects": [{"category": "car", "id": 0, "box2d": {"x1": 4}}]}]},
        "scalabel",
    ),
    ("o.json", {"openlabel": {"metadata": {"schema_version": "1.0.0"}, "frames": {"0": {"objects": {}}}}}, "openlabel"),
    (
        "export.ndjson",
        {"data_row": {"id": "c1", "external_id": "a.jpg"}, "media_attributes": {}, "projects": {"p": {"labels": []}}},
        "labelbox",
    ),
    ("export.json", [{"ID": "c1", "Labeled Data": "https://x/a.jpg", "Label": {"objects": []}}], "labelbox"),
    (
        "tasks.json",
        [
            {"task_id": "5", "type": "imageannotation", "params": {"attachment": "https://x/a.jpg"}},
            {"task_id": "6", "response": {"annotations": [{"label": "plate", "left": 40, "top": 60}]}},
        ],
        "scale",
    ),
    (
        "a.jpg.json",
        {"metadata": {"name": "a.jpg", "width": 320, "height": 240, "status": "Completed"}}
        | {"instances": [{"type": "bbox", "className": "plate", "points": {"x1": 40}}], "tags": [], "comments": []},
        "superannotate",
    ),
    (
        "p.json",
        {"project_name": "p", "create_date": "2020", "export_format_version": "1.1", "label_classes": []}
        | {"images": [{"image_name": "a.jpg", "labels": [{"class_name": "plate", "bbox": [4, 6, 14, 10]}]}]},
        "hasty",
    ),
    (
        "dicts.json",
        [
            {"file_name": "a.jpg", "image_id": 1, "height": 240, "width": 320},
            {"file_name": "b.jpg", "annotations": [{"bbox": [1, 2, 3, 4], "bbox_mode": 0, "category_id": 0}]},
        ],
        "detectron2",
    ),
    (
        "train.json",
        [{"filename": "a.jpg", "width": 320, "height": 240, "ann": {"bboxes": [[40, 60, 140, 100]], "labels": [0]}}],
        "mmdetection",
    ),
    (
        "train.json",
        {"metainfo": {"classes": ["plate"]}, "data_list": [{"img_path": "a.jpg", "instances": [{"bbox": [1, 2]}]}]},
        "mmdetection",
    ),
    (
        "samples.json",
        {"samples": [{"filepath": "data/a.jpg", "tags": [], "ground_truth": {"_cls": "Detections", "detections": []}}]},
        "fiftyone",
    ),
    (
        "labels.json",
        {"classes": ["plate"], "labels": {"a": [{"label": "plate", "bounding_box": [0.1, 0.2, 0.3, 0.1]}]}},
        "fiftyone",
    ),
    (
        "output.manifest",
        {"source-ref": "s3://b/a.jpg", "bb": {"annotations": [{"class_id": 0, "left": 40, "top": 60}]}},
        "sagemaker",
    ),
    (
        "import.jsonl",
        {"imageGcsUri": "gs://b/a.jpg", "boundingBoxAnnotations": [{"displayName": "plate", "xMin": 0.1}]},
        "vertex",
    ),
    (
        "annotation_val.odgt",
        {"ID": "273271,c9db", "gtboxes": [{"tag": "person", "hbox": [1, 2, 3, 4], "fbox": [1, 2, 3, 9]}]},
        "crowdhuman",
    ),
    (
        "metadata.jsonl",
        {"file_name": "a.jpg", "objects": {"bbox": [[40, 60, 100, 40]], "categories": [0]}},
        "huggingface",
    ),
    ("d.json", {"content": "https://x/a.jpg", "annotation": [{"label": ["x"], "points": [{"x": 0.1}]}]}, "dataturks"),
    (
        "a.json",
        {"id": "5", "filename": "/a.jpg", "annotations": [{"type": "box", "label": "x", "coordinates": [{"x": 4}]}]},
        "dataloop",
    ),
    ("a.json", {"width": 320, "height": 240, "ispano": False, "objects": [{"bbox": {"xmin": 40.0}}]}, "mapillary"),
    (
        "a.json",
        {"info": {"description": "ISAT", "folder": "", "name": "a.jpg"}, "objects": [{"segmentation": [[1, 2]]}]},
        "isat",
    ),
    ("a.json", {"filename": "a.jpg", "objects": [{"label": "plate", "x_y_w_h": [40, 60, 100, 40]}]}, "rectlabel"),
    ("s.json", [{"class": "image", "filename": "a.jpg", "annotations": [{"class": "rect", **RECT}]}], "sloth"),
    ("k.json", [{"id": "c1", "externalId": "a", "labels": [{"jsonResponse": {"JOB_0": {}}}]}], "kili"),
    ("e.json", [{"label_hash": "1", "data_units": {"d": {"labels": {"objects": []}}}}], "encord"),
    ("object_ann.json", [{"token": "1", "sample_data_token": "2", "bbox": [40, 60, 140, 100]}], "nuimages"),
    ("objects.json", [{"image_id": 1, "objects": [{"object_id": 1, "x": 4, "y": 6, "w": 9}]}], "visual-genome"),
    ("p.jsonl", {"image": "a.jpg", "spans": [{"label": "plate", "points": [[4, 6], [14, 6]]}]}, "prodigy"),
    (
        "_annotations.json",
        {"version": "1.0", "type": "localization", "labels": ["plate"]}
        | {"annotations": {"a.jpg": [{"x": 0.1, "y": 0.2, "x2": 0.4, "y2": 0.3, "label": "plate"}]}},
        "cloud-annotations",
    ),
    ("info.json", {"version": 1, "type": "bounding-box-labels", "boundingBoxes": {"a.jpg": [RECT]}}, "edge-impulse"),
    (
        "step0.frame_data.json",
        {"frame": 1, "captures": [{"@type": "type.unity.com/RGBCamera", "filename": "a.png", "annotations": []}]},
        "unity",
    ),
    (
        "sa_1.json",
        {"image": {"image_id": 1, "file_name": "a.jpg"}, "annotations": [{"bbox": [1, 2, 3, 4], "segmentation": {}}]},
        "segment-anything",
    ),
    ("train.jsonl", {"image": "a.jpg", "prefix": "detect plate", "suffix": "<loc0256> plate"}, "vision-language"),
    ("a.xml", "<dataset><name>x</name><images><image file='a.jpg'><box top='6'/></image></images></dataset>", "dlib"),
    ("MVI_1.xml", "<?xml version='1.0'?>\n<sequence name='MVI_1'><frame num='1'/></sequence>", "ua-detrac"),
    ("a.xml", '<PcGts xmlns="http://schema.primaresearch.org/PAGE"><Page imageFilename="a.jpg"/></PcGts>', "page-xml"),
    ("a.xml", '<alto xmlns="http://www.loc.gov/standards/alto"><Layout/></alto>', "alto"),
    ("words.xml", "<tagset><image><imageName>a.jpg</imageName><taggedRectangles/></image></tagset>", "icdar-xml"),
    ("1.xml", "<HRSC_Image><Img_ID>1</Img_ID><HRSC_Objects/></HRSC_Image>", "hrsc"),
    ("1.xml", '<!-- made --><Page PageNum="1" CropBox="0000"><Content/></Page>', "marmot"),
    ("v.xml", '<viper xmlns="http://lamp.cfar.umd.edu/viper#"><config/><data/></viper>', "viper"),
    ("train.record-00000-of-00002", b"\x08\0\0\0\0\0\0\0abcd\n\x06\n\x04abcdabcd", "tfrecord"),
    ("plate.tfrecord", b"\x08\0\0\0\0\0\0\0abcd\n\x06\n\x04abcdabcd", "tfrecord"),
    ("train-00000-of-00010", b"\x08\0\0\0\0\0\0\0abcd\n\x06\n\x04abcdabcd", "tfrecord"),
    ("025-95_113-154&383_386&473-386&473_177&454_154&383_363&402-0_0_22_27_27_33_16-37-15.jpg", b"\xff\xd8", "ccpd"),
    ("train.parquet", b"PAR1\x15\x04\x15\x00PAR1", "parquet"),
    ("data.arrow", b"ARROW1\0\0", "arrow"),
    ("train.pkl", pickle.dumps([{"boxes": [1]}]), "pickle"),
    ("instances_predictions.pth", b"PK\x03\x04", "torch"),
    ("digitStruct.mat", b"MATLAB 7.3 MAT-file", "matlab"),
    ("boxes.npz", b"PK\x03\x04", "numpy"),
    ("train.h5", b"\x89HDF\r\n\x1a\n", "hdf5"),
    ("V000.vbb", b"MATLAB 5.0 MAT-file", "vbb"),
    ("labels.xlsx", b"PK\x03\x04", "excel"),
    ("labels.zip", b"PK\x03\x04", "archive"),
    ("labels.json.gz", gzip.compress(b"{}"), "archive"),
]  # fmt: skip
READ = [
    ("a.txt", "Car 0.00 0 -1.57 40.0 60.0 140.0 100.0 1.5 1.6 3.7 1.0 1.5 8.4 -1.56\n", "kitti"),
    ("gt/gt.txt", "1,1,40,60,100,40,1,1,0.5\n", "mot"),
    ("gt.txt", "1,-1,40.0,60.0,100.0,40.0,1,2,1.0\n", "mot"),
    ("gt.txt", "1, 3, 1359.1, 413.27, 120.26, 362.77, 1, -1, -1, -1\n", "mot"),
    ("a.txt", "40,60,100,40,1,4,0,0\n40,60,100,40,0,0,0,0,\n", "visdrone"),
    ("a.txt", "imagesource:GoogleEarth\ngsd:0.1\n40 60 140 60 140 100 40 100 plate 0\n", "dota"),
    ("a.txt", "40.0 60.0 140.0 60.0 140.0 100.0 40.0 100.0 storage-tank 1\n", "dota"),
    ("via.json", {"a.jpg123": {"filename": "a.jpg", "size": 123, "regions": [], "file_attributes": {}}}, "via"),
    ("via.json", {"_via_settings": {"ui": {"x": 1}}, "_via_img_metadata": {}}, "via"),
    (
        "via.csv",
        "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n",
        "via",
    ),
    ("a.json", [{"image": "a.jpg", "annotations": [{"label": "plate", "coordinates": RECT}]}], "createml"),
    ("a.json", [{"image": "a.jpg", "annotations": []}], "createml"),
    ("a.json", [{"imagefilename": "a.jpg", "annotation": [{"label": "plate", "coordinates": RECT}]}], "createml"),
    ("l.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,320,240,plate,40,60,140,100\n", "csv"),
    ("l.csv", '"image","xmin","ymin","xmax","ymax","label"\n"a.jpg",4.5,6,14,10,"plate"\n', "csv"),
    ("l.csv", "/data/a.jpg,40,60,140,100,plate\n/data/b.jpg,,,,,\n", "csv"),
    ("gt.txt", "00000.ppm;774;411;815;446;11\n", "csv"),
    ("l.tsv", "image_path\tx_center\ty_center\twidth\theight\tlabel\na.jpg\t90\t80\t100\t40\tplate\n", "csv"),
    (
        "train-annotations-bbox.csv",
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n",
        "open-images",
    ),
    ("a.txt", "0 0.5 0.5 0.2 0.1\n", "yolo"),
    ("a.txt", "0 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.3\n", "yolo"),
    ("a.txt", "plate 0.5 0.5 0.2 0.1\n", "yolo"),
    ("tasks.json", [{"id": 1, "data": {"image": "a.jpg"}, "annotations": []}], "label-studio"),
    (
        "min.json",
        [{"image": "/data/upload/1/a.jpg", "id": 1, "label": [{"x": 1, "rectanglelabels": ["plate"]}], "annotator": 1}],
        "label-studio",
    ),
    ("a.json", {"version": "5.0", "flags": {}, "shapes": [], "imagePath": "a.jpg", "imageData": None}, "labelme"),
    ("a.json", {"imageData": "A" * 300_000, "imagePath": "a.jpg", "shapes": []}, "labelme"),
    ("c.json", {"info": {}, "licenses": [], "images": [], "annotations": [], "categories": []}, "coco"),
    (
        "c.json",
        {"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0.5] * 200_000]}], "images": []},
        "coco",
    ),
    ("lvis.json", {"images": [{"id": 1, "coco_url": "http://x", "neg_category_ids": [3]}], "categories": []}, "coco"),
    ("a.xml", "<annotations><version>1.1</version><meta/></annotations>", "cvat"),
    ("a.xml", "<?xml version='1.0'?><!-- by hand --><Annotation><filename>a.jpg</filename></Annotation>", "voc"),
    ("a.xml", "<annotation><filename>a.jpg</filename><object><polygon></polygon></object></annotation>", "labelme"),
    ("a.txt", "a.jpg\t40\t60\t100\t40\tAB1\n", "openalpr"),
]  # fmt: skip


def lay(folder: Path, name: str, content: object) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    Image.new("RGB", (320, 240)).save(folder / "a.jpg")
    return file


@pytest.mark.parametrize(("name", "content", "face"), UNREAD, ids=[f"{one[2]}-{one[0]}" for one in UNREAD])
def test_unread__is_refused_by_name_with_what_to_do(tmp_path, name, content, face):
    file = lay(tmp_path, name, content)
    known = faces.named(face)
    for given in (tmp_path, file):
        with pytest.raises(InputError) as refused:
            choose(given, None)
        said = str(refused.value)
        assert known.title in said
        assert known.advice in said
        assert "which is not read here" in said
        assert "\n" not in said


@pytest.mark.parametrize(("name", "content", "format"), READ, ids=[f"{one[2]}-{one[0]}" for one in READ])
def test_read__is_taken_for_itself(tmp_path, name, content, format):
    chosen = choose(lay(tmp_path, name, content), None)
    assert chosen.format == format
    assert chosen.reason


def test_unread__every_one_that_is_known_has_a_sample():
    tried = {face for _, _, face in UNREAD} | {"masks", "vatic-xml", "mot-detections"}
    left = {one.name for one in faces.faces() if not one.reads} - tried
    # Two faces of one title are one format.
    titles = {faces.named(name).title for name in tried}
    assert {name for name in left if faces.named(name).title not in titles} == set()


def test_every_format_that_is_read_has_a_face():
    assert {one.reads for one in faces.faces() if one.reads} | {"yolo-mark"} == set(FORMATS)
    for one in faces.faces():
        assert one.reads or one.advice, one.name
        assert not one.advice.endswith("."), one.name


@pytest.mark.parametrize("folder", ["SegmentationClass", "masks", "gtFine/val/ulm"])
def test_masks__are_known_as_such(tmp_path, folder):
    place = tmp_path / folder
    place.mkdir(parents=True)
    Image.new("P", (32, 24)).save(place / "a_labelIds.png")
    with pytest.raises(InputError, match="masks as pictures"):
        choose(place, None)
    with pytest.raises(InputError, match="masks as pictures"):
        choose(tmp_path, None)


def test_unknown__is_no_format_and_never_another(tmp_path):
    lay(tmp_path, "settings.json", {"colour": "blue", "size": [1, 2]})
    with pytest.raises(InputError, match=r"no format that is known, such as settings\.json"):
        choose(tmp_path, None)
    lay(tmp_path, "notes.txt", "Bring milk, bread; and two eggs\nfor Ann, please\n")
    with pytest.raises(InputError, match="one has the line 'Bring milk"):
        choose(tmp_path, None)


def test_broken__is_still_the_readers_to_report(tmp_path):
    lay(tmp_path, "a.json", '{"shapes')
    assert "json-syntax" in set(read_labels(tmp_path).problems["code"])


def test_mixed__the_supported_is_read_and_the_rest_is_said(tmp_path):
    """COCO results beside COCO labels, as every benchmark keeps them."""
    lay(
        tmp_path,
        "labels.json",
        {"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "plate"}]}
        | {"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [40, 60, 100, 40]}]},
    )
    lay(tmp_path, "results.json", [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5}])
    read = read_labels(tmp_path)
    assert (read.format, len(read.boxes)) == ("coco", 1)
    assert "1 are COCO results JSON, which is not read" in read.reason
    said = read.problems.set_index("code").loc["mixed-formats"]
    assert "COCO results JSON" in said["message"]
    assert "--predictions" in said["fix"]
    assert "not-this-format" not in set(read.problems["code"])


def test_mixed__more_files_of_a_format_that_is_not_read_are_not_passed_over(tmp_path):
    for number in range(5):
        lay(tmp_path, f"t{number}.txt", "0 2 Car 0 0 -1.79 296.7 161.7 455.2 292.3 2 1.8 4.4 -4.5 1.8 13.4 -2.1\n")
    lay(tmp_path, "a.txt", "0 0.5 0.5 0.2 0.1\n")
    with pytest.raises(InputError, match=r"5 of 6 files are KITTI tracking.*1 look like yolo.*--format yolo"):
        choose(tmp_path, None)
    assert choose(tmp_path, "yolo").format == "yolo"


def test_mixed__voc_and_labelme_xml_have_one_root_and_one_reader(tmp_path, voc_xml):
    for name in "bcd":
        lay(tmp_path, f"{name}.xml", voc_xml([(1, 2, 30, 40)], name=f"{name}.png"))
    lay(tmp_path, "a.xml", "<annotation><filename>a.jpg</filename><object><polygon></polygon></object></annotation>")
    chosen = choose(tmp_path, None)
    assert chosen.format == "voc"
    assert [entry.name for entry in chosen.entries] == ["a.xml", "b.xml", "c.xml", "d.xml"]


def test_lvis__says_that_not_every_class_was_looked_for(tmp_path):
    images = [{"id": 1, "file_name": "a.jpg", "neg_category_ids": [2], "not_exhaustive_category_ids": []}]
    lay(tmp_path, "lvis_v1_val.json", {"images": images, "annotations": [], "categories": [{"id": 1, "name": "plate"}]})
    assert "classes-not-everywhere" in set(read_labels(tmp_path).problems["code"])


WHERE = {
    "coco_file_split": "coco", "coco_rle": "coco", "coco_unlisted_picture": "coco", "cvat_shapes": "cvat",
    "cvat_video": "cvat", "exif_not_jpeg": "yolo", "jfif_check": "yolo", "label_studio": "label-studio",
    "labelme": "labelme", "ls_prefix": "label-studio", "pred_variants/labels": "yolo", "roboflow": "yolo",
    "train_is_val": "yolo", "txt_in_images": "yolo", "ul_val_one_class/labels": "yolo", "voc_difficult": "voc",
    "voc_korean": "voc", "voc_odd": "voc", "yaml_dirs": "yolo", "yaml_other_name": "yolo", "yolo_track": "yolo",
    **{f"unknown_formats/{name}": name for name in ("createml", "csv", "dota", "kitti", "mot", "via", "visdrone")},
}  # fmt: skip


@pytest.mark.parametrize("place", WHERE)
def test_cases__are_known_for_what_they_are(cases, place):
    assert choose(cases / place, None).format == WHERE[place]


REAL = {
    "bad_labels": "voc", "cells_bccd": "voc", "dashcam_frames_day": "voc", "korean_voc_labelme": "voc",
    "multi_annotator_labelme": "labelme", "openalpr_eu": "openalpr", "voc_indian_eu": "voc", "yolo_mark": "yolo-mark",
}  # fmt: skip


@pytest.mark.parametrize("place", REAL)
def test_real__nothing_shadows_what_is_read(real_data, place):
    assert choose(real_data / place, None).format == REAL[place]


@pytest.mark.parametrize("name", ["createml", "csv", "dota", "kitti", "via", "visdrone"])
def test_cases__the_box_that_each_of_them_means(cases, name):
    """Each holds one box, 40 60 140 100 of a picture of 320 x 240."""
    read = read_labels(cases / "unknown_formats" / name)
    assert read.boxes[["image_id", "xmin", "ymin", "xmax", "ymax"]].to_numpy().tolist() == [["a.jpg", 40, 60, 140, 100]]
    assert read.problems.empty, read.problems.to_string()
    assert read.boxes["class_name"].item() == {"kitti": "Car", "visdrone": "car"}.get(name, "plate")


def test_cases__mot_without_its_frames_says_so(cases):
    read = read_labels(cases / "unknown_formats" / "mot")
    assert read.boxes["image_id"].tolist() == ["img1/000001.jpg", "img1/000002.jpg"]
    assert {"label-without-picture", "class-names-missing"} <= set(read.problems["code"])


def test_key_paths__of_a_text_that_is_cut_off():
    paths = key_paths('{"a": [{"b": "x, {\\"y\\": 1}", "c": {"d": 1}}, {"e": "cut o')
    assert paths == {("a",), ("a", "[]", "b"), ("a", "[]", "c"), ("a", "[]", "c", "d"), ("a", "[]", "e")}
    assert has(paths, ("a", "*", "c", "d"))
    assert not has(paths, ("*", "d"))
