"""The command about videos: what a detector sees in one, and how it does where frames are labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.looked_at import LookedAt, looks, say_how_read
from workbench.cli.options import ConfidenceOption, DeviceOption, JsonOption

app = typer.Typer()


@app.command()
@looks
def video(
    looked_at: LookedAt,
    file: Annotated[Path | None, typer.Argument(help="A video that nobody has labelled.")] = None,
    weights: Annotated[
        str, typer.Option(help="plates, or a .pt file of your own (a pickle: only files you trust).")
    ] = "plates",
    confidence: ConfidenceOption = 0.3,
    every: Annotated[
        float | None, typer.Option("--every", help="Seconds between frames; default: every frame.")
    ] = None,
    image_size: Annotated[int | None, typer.Option(help="Pixels of the longer side; by default as trained.")] = None,
    device: DeviceOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with frames.")] = None,
    film: Annotated[
        Path | None, typer.Option("--film", help="Write FILE again as this mp4, with the finds drawn in.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option("--fps", help="Plain frames a second, where their names do not say when they are.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How a detector does on video: objects, how steady its finds are, how fast it is; misses, where labels are.

    With a FILE, every frame is looked at, and nobody has to have labelled it. Without: the labelled frames of a
    project's split, or plain frames with --images, --labels and --predictions.
    """
    if file is not None:
        if looked_at.labels is not None or looked_at.predictions is not None:
            raise typer.BadParameter("labels are of frames: give --images, --labels and --predictions without a FILE")
        _watch(file, looked_at, weights, every, image_size, device, out, film, as_json)
        return
    if film is not None:
        raise typer.BadParameter("a film is made of a FILE; name the video")
    evaluation = looked_at.evaluate()
    report = evaluation.video(frames_per_second=fps, out=out)
    from workbench.model import tables

    if as_json:
        parts = {"videos": report.videos, "objects": report.objects, "frames": report.frames}
        output.show_json({key: tables.records(table) for key, table in parts.items()})
        return
    say_how_read(evaluation)
    last = report.videos.iloc[-1].to_dict()
    output.show_pairs({str(key): value for key, value in last.items() if key != "video"}, title=evaluation.inputs.name)
    shown = ["video", "object", "class_name", "first_s", "last_s", "frames", "found_frames", "late_s", "switches"]
    worst = report.objects.sort_values("time_found", kind="stable")
    output.show_table(worst[shown], title="objects, the worst first", limit=30)
    if out is not None:
        output.say(str(out.resolve()))


def _watch(
    file: Path,
    looked_at: LookedAt,
    weights: str,
    every: float | None,
    image_size: int | None,
    device: str | None,
    out: Path | None,
    film: Path | None,
    as_json: bool,
) -> None:
    from workbench.api.watching import watch_video
    from workbench.model import tables
    from workbench.project import files

    seen = watch_video(
        file,
        weights=weights if looked_at.run is None else looked_at.opened().run(looked_at.run),
        confidence=looked_at.confidence,
        every_s=every,
        image_size=image_size,
        device=device,
        page=out is not None,
        film=film,
    )
    if out is not None:
        files.write_text(out, seen.page)
    if as_json:
        output.show_json({"figures": seen.watched.figures, "objects": tables.records(seen.watched.objects)})
        return
    output.show_pairs(dict(seen.watched.figures), title=seen.name)
    output.show_table(seen.watched.objects, title="objects", limit=30)
    for written in (out, film):
        if written is not None:
            output.say(str(written.resolve()))
