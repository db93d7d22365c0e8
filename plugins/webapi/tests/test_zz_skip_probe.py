import pytest
def test_x():
    pytest.skip("needs a unicorn")
