"""Log files that several attempts write in turns."""

from godwitidl.rules.log_parts import part, text_of
from hypothesis import given
from hypothesis import strategies as st

PARTS = st.lists(st.tuples(st.integers(1, 2**40), st.binary(max_size=200)), max_size=8)


@given(PARTS, st.data())
def test_each_writer_gets_back_what_it_wrote_also_of_a_file_that_is_cut(parts, data):
    pieces = [part(writer, text) for writer, text in parts]
    whole = b"".join(pieces)
    cut = data.draw(st.integers(0, len(whole)))
    complete = 0
    while complete < len(pieces) and len(b"".join(pieces[: complete + 1])) <= cut:
        complete += 1
    for asked in {writer for writer, _ in parts} | {1}:
        text, length = text_of(whole[:cut], asked)
        assert text == b"".join(text for writer, text in parts[:complete] if writer == asked)
        assert length == len(b"".join(pieces[:complete]))


@given(st.binary(max_size=100), st.integers(1, 9))
def test_any_bytes_are_read(content, writer):
    _, length = text_of(content, writer)
    assert 0 <= length <= len(content)
