import pytest
from godwitidl.rules.framing import FrameReader, FramingError, frame
from hypothesis import given
from hypothesis import strategies as st


@given(payloads=st.lists(st.binary(max_size=300)), cuts=st.lists(st.integers(1, 50), min_size=1))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(payloads, cuts):
    stream = b"".join(map(frame, payloads))
    reader, came, position, turn = FrameReader(), [], 0, 0
    while position < len(stream):
        size = cuts[turn % len(cuts)]
        came += reader.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
    assert came == payloads
    assert reader.pending_bytes == 0


def test_a_stream_that_was_cut_leaves_bytes_pending():
    reader = FrameReader()
    assert reader.feed(frame(b"abc")[:-1]) == []
    assert reader.pending_bytes == 3


def test_a_large_frame_has_a_varint_of_several_bytes():
    payload = bytes(70_000)
    assert frame(payload)[:3] == b"\xf0\xa2\x04"
    reader = FrameReader()
    came = [piece for start in range(0, 70_003, 1000) for piece in reader.feed(frame(payload)[start : start + 1000])]
    assert came == [payload]


def test_too_long_a_frame_is_refused_before_it_is_read():
    with pytest.raises(FramingError, match="longer than the limit of 10"):
        FrameReader(limit_bytes=10).feed(b"\x0b")
    with pytest.raises(FramingError, match="no varint"):
        FrameReader().feed(b"\xff" * 5)
