"""Event files as TensorBoard reads and writes them."""

from serve import serve
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter


def scalars(folder):
    """Every scalar of a log folder: by tag, [step, value] in the order in which TensorBoard draws them."""
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    tags = accumulator.Tags()["scalars"]
    return {tag: [[one.step, one.value] for one in accumulator.Scalars(tag)] for tag in tags}


def first_record(file, seconds):
    """What TensorBoard's own writer begins a file with."""
    with open(file, "wb") as stream:
        event = Event(wall_time=seconds, file_version="brain.Event:2")
        RecordWriter(stream).write(event.SerializeToString())
    return None


serve({"scalars": scalars, "first_record": first_record})
