"""Filling: what is asked, what counts as an answer, what is wrong where."""

import unicodedata
from datetime import UTC, datetime

import pytest

from forms.answers import Typed, typed_of
from forms.reading import Around, read
from language.dates import wall_clock
from tests.forms.forms import definition, shipped

NOW = wall_clock(datetime(2021, 8, 20, 1, tzinfo=UTC))
IN_VIETNAMESE = Around("vi", NOW)

SMALL = """
    | survey | type | name | label | required | constraint | relevant | calculation |
    | | text | ten | Tên | yes | | | |
    | | integer | tong | Tổng | yes | . >= 0 | | |
    | | integer | dat | Đạt | yes | . <= ${tong} | | |
    | | calculate | ty_le | | | | | round(${dat} * 100 div ${tong}, 1) |
    | | text | ly_do | Lý do | yes | | ${dat} < ${tong} | |
    | | decimal | diem | Điểm | | | | |
    | | date | ngay | Ngày | | . <= today() | | |
    | | select_multiple mau | mau | Màu | | | | |
    | | begin group | g | Nhóm | | | selected(${mau}, 'do') | |
    | | text | trong_nhom | Trong nhóm | yes | | | |
    | | end group | | | | | | |
    | | begin repeat | muc | Mục | | | selected(${mau}, 'xanh') | |
    | | text | ten_muc | Tên mục | yes | | | |
    | | integer | so | Số | | . > 0 | | |
    | | calculate | gap_doi | | | | | ${so} * 2 |
    | | end repeat | | | | | | |
    | | calculate | cong | | | | | sum(${so}) |
    | choices | list_name | name | label |
    | | mau | do | Đỏ |
    | | mau | xanh | Xanh |
    """


@pytest.fixture(scope="module")
def small():
    return definition(SMALL)


def filled(form, **typed):
    values = {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
    return read(form, Typed(values), IN_VIETNAMESE)


def messages(reading):
    return {name: error.kind for name, error in reading.errors.items()}


def test_gaps_are_told_and_only_where_asked(small):
    assert messages(filled(small)) == {"ten": "required", "tong": "required", "dat": "required"}


def test_answers_are_canonical(small):
    reading = filled(
        small, ten="  Xã\u00a0A ", tong="1.234", dat="1 200", ly_do="Chưa", diem="95,5",
        ngay="1/8/2021", mau=["xanh"], **{"muc-3-ten_muc": "B", "muc-3-so": "4"},
    )  # fmt: skip
    assert reading.answers().data == {
        "ten": "Xã A",
        "tong": 1234,
        "dat": 1200,
        "ty_le": "97.2",
        "ly_do": "Chưa",
        "diem": "95.5",
        "ngay": "2021-08-01",
        "mau": ["xanh"],
        "muc": [{"ten_muc": "B", "so": 4, "gap_doi": 8}],
        "cong": 4,
    }


def test_text_is_kept_in_nfc(small):
    reading = filled(small, ten=unicodedata.normalize("NFD", "Đợt Hòa"), tong="1", dat="1")
    assert reading.answers().data["ten"] == "Đợt Hòa"


def test_what_is_not_asked_is_never_kept(small):
    typed = {"ten": "A", "tong": "1", "dat": "1", "ly_do": "x", "trong_nhom": "y"}
    typed["muc-0-ten_muc"] = "z"
    reading = filled(small, **typed)
    assert reading.valid
    assert reading.hidden >= {"ly_do", "g", "trong_nhom", "muc", "muc-0-ten_muc"}
    assert set(reading.answers().data) == {"ten", "tong", "dat", "ty_le", "cong"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("tong", "1,5"),
        ("tong", "mười"),
        ("tong", "-1"),
        ("tong", "9" * 40),
        ("dat", "2"),
        ("ngay", "31/2/2021"),
        ("ngay", "8/20/2021"),
        ("ngay", "21/8/2021"),
        ("ngay", "1/8/21"),
        ("diem", "1.2.3"),
        ("mau", "vang"),
        ("mau", ["do", "=1+1"]),
        ("ten", ["hai", "lần"]),
        ("ten", "a\x00b"),
        ("ten", "a\x07b"),
        ("ten", "\ud800"),
        ("ten", "Uû ban nh©n d©n"),
        ("ten", "x" * 20_001),
        ("khac", "x"),
        ("muc-100-so", "1"),
        ("muc--1-so", "1"),
        ("muc-01-so", "1"),
        ("muc-0-ten", "1"),
        ("ty_le-0-so", "1"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_at_its_input(small, name, typed):
    reading = filled(small, **{"ten": "A", "tong": "1", "dat": "1", name: typed})
    assert messages(reading).get(name) == "invalid"
    with pytest.raises(ValueError, match=r".+"):
        reading.answers()


def test_a_repeat_that_is_asked_wants_one_instance(small):
    reading = filled(small, ten="A", tong="1", dat="1", mau=["xanh"])
    assert messages(reading) == {"muc-0-ten_muc": "required"}


def test_blank_instances_are_dropped_and_errors_keep_their_index(small):
    typed = {"muc-0-ten_muc": " ", "muc-2-so": "0", "muc-7-ten_muc": "B"}
    reading = filled(small, ten="A", tong="1", dat="1", mau=["xanh"], **typed)
    assert messages(reading) == {"muc-2-ten_muc": "required", "muc-2-so": "invalid"}
    assert reading.instances["muc"] == [2, 7]


def test_errors_come_in_the_order_of_the_form(small):
    reading = filled(small, diem="x", ten="", mau=["xanh"], tong="y", **{"muc-0-so": "z"})
    assert list(reading.errors) == ["ten", "tong", "dat", "diem", "muc-0-ten_muc", "muc-0-so"]


def test_what_the_server_gives_cannot_be_typed():
    form = shipped("kho_khan_vuong_mac")
    typed = Typed({"ma_don_vi": ["GIẢ"], "ten_don_vi": ["Giả"]})
    given = {"ma_don_vi": "HU-AB", "ten_don_vi": "Huyện ủy An Biên"}
    reading = read(form, typed, Around("vi", NOW, given))
    assert reading.values["ma_don_vi"] == "HU-AB"
    assert "ma_don_vi" not in reading.errors


def test_messages_are_the_forms_own_in_its_language():
    form = shipped("bao_cao_dot_1")
    typed = Typed({"tong_dv": ["10"], "qt_dv": ["11"]})
    vietnamese = read(form, typed, IN_VIETNAMESE).errors["qt_dv"].message
    english = read(form, typed, Around("en", NOW)).errors["qt_dv"].message
    assert vietnamese == "Số đảng viên đã được quán triệt không được lớn hơn tổng số đảng viên."
    assert english == "Cannot exceed the total."


def test_typing_answers_again_gives_the_same_answers(small):
    first = filled(
        small, ten="Hòa", tong="12345", dat="1", ly_do="L", diem="1234,56", ngay="02/01/2021",
        mau=["do", "xanh"], trong_nhom="a\nb", **{"muc-0-ten_muc": "M", "muc-0-so": "1000"},
    ).answers()  # fmt: skip
    again = read(small, typed_of(small, first.data, "vi"), IN_VIETNAMESE).answers()
    assert again.canonical() == first.canonical()


def test_feedback_asks_each_audience_at_most_ten_questions():
    form = shipped("khao_sat_phan_hoi")
    for audience, way in (("dv_cbccvc", "cach_tham_gia_a"), ("dv_hv_nd", "cach_tham_gia_b")):
        choice = form.question(way).choices[0].name
        reading = filled(form, doi_tuong=audience, **{way: [choice]})
        asked = {q.name for q in form.questions if q.type != "note"} - reading.hidden
        assert len(asked) == 10


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("25-7-2021", "2021-07-25"),
        ("5-10-2020", "2020-10-05"),
        ("04-6-2021", "2021-06-04"),
        ("1.2.2021", "2021-02-01"),
        ("2021-08-01", "2021-08-01"),
    ],
)
def test_dates_are_read_in_every_style(small, typed, kept):
    reading = filled(small, ten="A", tong="1", dat="1", ngay=typed)
    assert reading.answers().data["ngay"] == kept


@pytest.mark.parametrize(
    "typed", ["0297.386 2345", "0297 386 23 45", "(0297)3862345", "02973862345"]
)
def test_a_telephone_number_may_be_written_with_spaces_and_dots(typed):
    form = shipped("bao_cao_dot_1")
    reading = filled(form, dien_thoai=typed)
    assert "dien_thoai" not in reading.errors
    assert reading.data()["dien_thoai"] == "02973862345"


def test_a_share_is_100_only_when_complete():
    form = shipped("bao_cao_dot_1")
    shares = {
        (part, whole): filled(form, tong_dv=whole, qt_dv=part).data().get("ty_le_qt_dv")
        for part, whole in [("9996", "10000"), ("10000", "10000"), ("1", "10000"), ("0", "10")]
    }
    assert list(shares.values()) == ["99.9", 100, "0.1", 0]
