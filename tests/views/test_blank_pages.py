"""A page put together from compressed parts is what a browser unpacks."""

import gzip

import pytest

from views.blank_pages import BlankPage


@pytest.mark.parametrize("before", ["", "<p>Phiếu</p>" * 5000])
@pytest.mark.parametrize("instance", ["", "AbC-_9", "x" * 300])
def test_a_packed_page_unpacks_to_the_plain_one(before, instance):
    page = BlankPage(before.encode(), ("Góp ý " * 3000).encode())
    assert gzip.decompress(page.packed(instance.encode())) == page.plain(instance.encode())
    assert len(page.packed(instance.encode())) < 2000
