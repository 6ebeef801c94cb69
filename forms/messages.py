"""Every sentence that checking a form or an answer can say, in Vietnamese and in English.

The sentences belong to the forms and not to the interface: a form shows them in the language in
which it is shown, and checking a form happens without a request, on the command line.
"""

from __future__ import annotations

ANSWERS: dict[str, dict[str, str]] = {
    "required": {
        "vi": "Vui lòng nhập thông tin vào mục này.",
        "en": "This field is required.",
    },
    "constraint": {
        "vi": "Giá trị chưa hợp lệ; vui lòng kiểm tra lại.",
        "en": "This value is not allowed; please check it.",
    },
    "integer": {
        "vi": "Nhập số nguyên, ví dụ 1.234 hoặc 1234.",
        "en": "Enter a whole number, for example 1234.",
    },
    "integer_size": {
        "vi": "Số quá lớn; vui lòng kiểm tra lại.",
        "en": "This number is too large; please check it.",
    },
    "decimal": {
        "vi": "Nhập số, phần thập phân sau dấu phẩy, ví dụ 95,5.",
        "en": "Enter a number, for example 95.5.",
    },
    "date": {
        "vi": "Ngày ghi theo dạng ngày/tháng/năm, ví dụ 31/8/2021.",
        "en": "Write the date as day/month/year, for example 31/8/2021.",
    },
    "choice": {
        "vi": "Vui lòng chọn một trong các phương án đã cho.",
        "en": "Please choose one of the given choices.",
    },
    "choice_gone": {
        "vi": "Phương án đã chọn không còn phù hợp với câu trả lời khác; vui lòng chọn lại.",
        "en": "This choice no longer fits another answer; please choose again.",
    },
    "time": {
        "vi": "Giờ ghi theo dạng giờ:phút, ví dụ 14:05.",
        "en": "Write the time as hours:minutes, for example 14:05.",
    },
    "moment": {
        "vi": "Ghi ngày và giờ, ví dụ 31/8/2021 14:05.",
        "en": "Write the day and the time, for example 31/8/2021 14:05.",
    },
    "month": {
        "vi": "Tháng ghi theo dạng tháng/năm, ví dụ 8/2021.",
        "en": "Write the month as month/year, for example 8/2021.",
    },
    "year": {
        "vi": "Năm ghi bằng bốn chữ số, ví dụ 2021.",
        "en": "Write the year with four digits, for example 2021.",
    },
    "range": {
        "vi": "Nhập số từ {start} đến {end}, mỗi bước {step}.",
        "en": "Enter a number from {start} to {end}, in steps of {step}.",
    },
    "rank": {
        "vi": "Vui lòng xếp thứ tự đủ các phương án, mỗi phương án một lần.",
        "en": "Please rank every choice, each one once.",
    },
    "geopoint": {
        "vi": "Ghi vĩ độ và kinh độ, ví dụ 10,0125; 105,0809.",
        "en": "Write the latitude and the longitude, for example 10.0125, 105.0809.",
    },
    "legacy": {
        "vi": "Nội dung dùng bảng mã cũ ({encoding}); vui lòng chuyển sang Unicode rồi nhập lại.",
        "en": "This text uses an old encoding ({encoding}); please convert it to Unicode.",
    },
    "character": {
        "vi": "Nội dung có ký tự không hợp lệ; vui lòng xóa ký tự lạ rồi nhập lại.",
        "en": "This text holds a character that cannot be stored; please remove it.",
    },
    "length": {
        "vi": "Nội dung dài quá {limit} ký tự; vui lòng rút gọn.",
        "en": "Too long: at most {limit} characters.",
    },
    "unknown": {
        "vi": "Có trường không thuộc biểu mẫu này: {name}. Vui lòng tải lại trang rồi gửi lại.",
        "en": "This field does not belong to the form: {name}. Please reload the page.",
    },
    "repeated": {
        "vi": "Mục này chỉ được trả lời một lần.",
        "en": "This question can be answered only once.",
    },
}

FORMS: dict[str, dict[str, str]] = {
    "unreadable": {
        "vi": "Tệp không phải là biểu mẫu XLSForm đọc được ({detail}). Vui lòng lưu biểu mẫu thành "
        "tệp .xlsx rồi tải lên lại.",
        "en": "The file is not a readable XLSForm ({detail}). Please save the form as an .xlsx "
        "file and upload it again.",
    },
    "unknown_kind": {"vi": "không rõ loại tệp", "en": "unknown kind of file"},
    "extension": {
        "vi": "Chỉ nhận tệp .xlsx, .csv, .xls hoặc .md.",
        "en": "Only .xlsx, .csv, .xls and .md files are accepted.",
    },
    "empty_file": {
        "vi": "Tệp không có nội dung.",
        "en": "The file is empty.",
    },
    "broken": {
        "vi": "Tệp bị hỏng nên không đọc được. Vui lòng mở biểu mẫu trong Excel, lưu lại thành "
        "tệp .xlsx mới rồi tải lên.",
        "en": "The file is damaged and cannot be read. Please open the form in Excel, save it as "
        "a new .xlsx file and upload that.",
    },
    "encrypted": {
        "vi": "Tệp có mật khẩu nên không đọc được. Vui lòng bỏ mật khẩu rồi tải lên lại.",
        "en": "The file has a password and cannot be read. Please remove the password and upload "
        "it again.",
    },
    "macros": {
        "vi": "Không nhận tệp có macro. Vui lòng lưu biểu mẫu thành tệp .xlsx (không có macro) rồi "
        "tải lên lại.",
        "en": "Files with a macro are not accepted. Please save the form as an .xlsx file (without "
        "macros) and upload it again.",
    },
    "document_type": {
        "vi": "Tệp có khai báo không an toàn (DTD) nên không được đọc. Vui lòng mở biểu mẫu trong "
        "Excel, lưu lại thành tệp .xlsx mới rồi tải lên.",
        "en": "The file holds an unsafe declaration (DTD) and is not read. Please open the form "
        "in Excel, save it as a new .xlsx file and upload that.",
    },
    "too_large": {
        "vi": "Tệp quá lớn: tối đa {limit} MB.",
        "en": "The file is too large: at most {limit} MB.",
    },
    "too_large_unpacked": {
        "vi": "Nội dung của tệp quá lớn: tối đa {limit} MB sau khi giải nén. Vui lòng xóa hình ảnh "
        "và các dòng trống có định dạng.",
        "en": "The file holds too much: at most {limit} MB when unpacked. Please remove images "
        "and blank rows that have a format.",
    },
    "too_many_parts": {
        "vi": "Tệp có quá nhiều thành phần: tối đa {limit}.",
        "en": "The file has too many parts: at most {limit}.",
    },
    "too_many_elements": {
        "vi": "Trang tính có quá nhiều ô. Vui lòng xóa các dòng và cột trống có định dạng.",
        "en": "The sheet has too many cells. Please remove blank rows and columns that have a "
        "format.",
    },
    "too_many_sheets": {
        "vi": "Tệp có quá nhiều trang tính: tối đa {limit}.",
        "en": "The file has too many sheets: at most {limit}.",
    },
    "too_many_rows": {
        "vi": "Trang tính có quá nhiều dòng: tối đa {limit}. Nếu có nội dung ở rất xa phía dưới, "
        "vui lòng xóa.",
        "en": "The sheet has too many rows: at most {limit}. Please remove what stands far below.",
    },
    "too_many_columns": {
        "vi": "Trang tính có quá nhiều cột: tối đa {limit}. Nếu có nội dung ở rất xa bên phải, "
        "vui lòng xóa.",
        "en": "The sheet has too many columns: at most {limit}. Please remove what stands far to "
        "the right.",
    },
    "too_many_cells": {
        "vi": "Biểu mẫu có quá nhiều ô: tối đa {limit}.",
        "en": "The form has too many cells: at most {limit}.",
    },
    "too_much_text": {
        "vi": "Biểu mẫu quá dài: tối đa {limit} ký tự.",
        "en": "The form is too long: at most {limit} characters.",
    },
    "cell_too_long": {
        "vi": "Nội dung của ô quá dài: tối đa {limit} ký tự.",
        "en": "The cell is too long: at most {limit} characters.",
    },
    "encoding": {
        "vi": "Tệp dùng bảng mã {encoding}; chỉ nhận UTF-8. Trong Excel, vui lòng chọn Lưu thành "
        "(Save As), kiểu “CSV UTF-8”, rồi tải lên lại.",
        "en": "The file is in {encoding}; only UTF-8 is accepted. In Excel, please choose Save As "
        "and the type “CSV UTF-8”, and upload it again.",
    },
    "not_utf8": {
        "vi": "Tệp không phải là văn bản UTF-8. Vui lòng lưu lại theo bảng mã UTF-8 rồi tải lên.",
        "en": "The file is not a text in UTF-8. Please save it as UTF-8 and upload it again.",
    },
    "csv_quotes": {
        "vi": "Dòng {row} của tệp .csv có dấu nháy kép chưa đóng hoặc đặt sai chỗ, hoặc quá dài.",
        "en": "Row {row} of the .csv file has a quotation mark that is not closed or out of place, "
        "or is too long.",
    },
    "no_csv": {
        "vi": "Tệp không phải là tệp .csv đọc được ({detail}).",
        "en": "The file is not a readable .csv file ({detail}).",
    },
    "ragged_row": {
        "vi": "Dòng này có {found} ô, dòng tiêu đề có {count} ô; hai số phải bằng nhau.",
        "en": "This row has {found} cells and the row of headings {count}; they must be as many.",
    },
    "blank_heading": {
        "vi": "Cột này thiếu tiêu đề.",
        "en": "This column has no heading.",
    },
    "duplicate_heading": {
        "vi": "Cột “{value}” trùng với cột ở ô {cell}; vui lòng chỉ giữ một cột.",
        "en": "The column “{value}” is the same as the one in {cell}; please keep one of them.",
    },
    "duplicate_sheet": {
        "vi": "Trang tính này trùng với trang tính “{name}”; vui lòng chỉ giữ một trang tính.",
        "en": "This sheet is the same as the sheet “{name}”; please keep one of them.",
    },
    "unknown_sheet": {
        "vi": "Bỏ qua trang tính không biết.",
        "en": "Unknown sheet ignored.",
    },
    "hidden_sheet": {
        "vi": "Trang tính này đang ẩn nhưng vẫn được đọc.",
        "en": "This sheet is hidden, but it was read.",
    },
    "formula": {
        "vi": "Ô này là công thức chưa có giá trị. Vui lòng mở biểu mẫu trong Excel rồi lưu lại, "
        "hoặc thay công thức bằng giá trị.",
        "en": "This cell is a formula without a value. Please open the form in Excel and save it "
        "again, or write the value instead of the formula.",
    },
    "error_value": {
        "vi": "Ô này có giá trị lỗi {value}; vui lòng sửa lại.",
        "en": "This cell holds the error {value}; please put it right.",
    },
    "date_cell": {
        "vi": "Excel coi ô này là ngày giờ, đọc là “{value}”. Nếu không phải ý đó, vui lòng định "
        "dạng ô là Text rồi nhập lại.",
        "en": "Excel takes this cell for a date or time, read as “{value}”. If it is none, please "
        "format the cell as Text and type it again.",
    },
    "old_encoding": {
        "vi": "Ô này dùng bảng mã cũ ({encoding}); vui lòng chuyển sang Unicode rồi tải lên lại.",
        "en": "This cell is in an old encoding ({encoding}); please convert it to Unicode and "
        "upload the form again.",
    },
    "character": {
        "vi": "Ô này có ký tự không hợp lệ; vui lòng xóa ký tự lạ.",
        "en": "This cell holds a character that cannot be kept; please remove it.",
    },
    "no_sheet": {
        "vi": "Tệp chưa có trang tính “{name}” (hoặc “câu hỏi”), nơi mỗi dòng là một câu hỏi. "
        "Vui lòng bắt đầu từ biểu mẫu ví dụ.",
        "en": "The file has no sheet “{name}”, where every row is a question. Please begin from "
        "the starter form.",
    },
    "no_column": {
        "vi": "Thiếu cột “{name}”.",
        "en": "The column “{name}” is missing.",
    },
    "pyxform": {"vi": "Biểu mẫu chưa hợp lệ: {detail}", "en": "The form is not valid: {detail}"},
    "open_reference": {
        "vi": "Sau “${{” chưa có tên câu hỏi và dấu “}}”; viết là ${{tên}}.",
        "en": "After “${{” there is no name of a question with a “}}”; write ${{name}}.",
    },
    "no_type": {
        "vi": "Thiếu loại câu hỏi; ghi vào cột type, ví dụ text, integer, date, select_one.",
        "en": "The row has no type; write one in the type column, such as text, integer, date, "
        "select_one.",
    },
    "type": {
        "vi": "Chưa hỗ trợ loại câu hỏi “{value}”. Các loại thường dùng: text, integer, decimal, "
        "date, select_one, select_multiple, note.",
        "en": "The question type “{value}” is not supported. Common types: text, integer, decimal, "
        "date, select_one, select_multiple, note.",
    },
    "column": {
        "vi": "Chưa hỗ trợ cột “{value}”.",
        "en": "The column “{value}” is not supported.",
    },
    "unknown_column": {
        "vi": "Bỏ qua cột không biết: “{value}”.",
        "en": "Unknown column ignored: “{value}”.",
    },
    "no_effect": {
        "vi": "Bỏ qua “{value}”: không có tác dụng.",
        "en": "“{value}” is ignored: it has no effect.",
    },
    "heading": {
        "vi": "Bỏ qua “bắt buộc” ở “{value}”: câu có cách hiển thị label chỉ là tiêu đề của bảng, "
        "không ai trả lời được. Vui lòng ghi bắt buộc ở các câu bên dưới.",
        "en": "“required” is ignored at “{value}”: with the appearance label it is only the "
        "heading of a table, which nobody can answer. Please require the questions below it.",
    },
    "appearance": {
        "vi": "Chưa hỗ trợ cách hiển thị “{value}”.",
        "en": "The appearance “{value}” is not supported.",
    },
    "accept": {
        "vi": "Không nhận loại tệp “{value}”; các loại nhận được: {known}.",
        "en": "Files “{value}” cannot be taken; these can: {known}.",
    },
    "duplicate": {
        "vi": "Tên “{value}” đã dùng ở ô {cell}; mỗi tên chỉ dùng một lần trong biểu mẫu.",
        "en": "The name “{value}” is already used in {cell}; a name is used once in a form.",
    },
    "name": {
        "vi": "Tên “{value}” chưa hợp lệ: chỉ dùng chữ không dấu, chữ số và dấu gạch dưới, "
        "bắt đầu bằng chữ, tối đa 60 ký tự.",
        "en": "The name “{value}” is not valid: letters without marks, digits and underscores, "
        "beginning with a letter, at most 60 characters.",
    },
    "open_group": {
        "vi": "Nhóm “{value}” chưa được đóng; thêm dòng end group hoặc end repeat.",
        "en": "The group “{value}” is never closed; add a row end group or end repeat.",
    },
    "stray_end": {
        "vi": "“{value}” không khớp với nhóm nào đang mở.",
        "en": "“{value}” does not match an open group.",
    },
    "identifying": {
        "vi": "Phiếu ẩn danh không được hỏi hoặc ghi lại “{value}”; vui lòng bỏ dòng này.",
        "en": "An anonymous form must not ask for or record “{value}”; please remove this row.",
    },
    "no_device": {
        "vi": "Trang web không biết “{value}” của thiết bị; câu này luôn để trống.",
        "en": "A web page does not know the “{value}” of a device; this stays blank.",
    },
    "file_missing": {
        "vi": "Thiếu tệp “{value}”; vui lòng gửi kèm cùng biểu mẫu.",
        "en": "The file “{value}” is missing; please upload it with the form.",
    },
    "file_kind": {
        "vi": "Danh sách phương án chỉ đọc được từ tệp .csv, không phải “{value}”.",
        "en": "Choices can be read from a .csv file only, not from “{value}”.",
    },
    "image_kind": {
        "vi": "Tệp “{value}” không phải là ảnh PNG, JPEG, GIF hoặc WebP.",
        "en": "The file “{value}” is not a PNG, JPEG, GIF or WebP picture.",
    },
    "dataset_column": {
        "vi": "Tệp “{file}” không có cột “{value}”.",
        "en": "The file “{file}” has no column “{value}”.",
    },
    "parameter": {
        "vi": "Tham số “{value}” chưa hợp lệ; viết là tên=giá trị, ví dụ start=1 end=10 step=1.",
        "en": "The parameter “{value}” is not valid; write name=value, like start=1 end=10 step=1.",
    },
    "unknown_parameter": {
        "vi": "Bỏ qua tham số không biết: “{value}”.",
        "en": "Unknown parameter ignored: “{value}”.",
    },
    "trigger": {
        "vi": "Cột trigger nhận tên câu hỏi, viết là ${{tên}}.",
        "en": "The trigger column takes names of questions, written ${{name}}.",
    },
    "no_calculation": {
        "vi": "Có trigger thì phải có công thức ở cột calculation.",
        "en": "A trigger needs a calculation.",
    },
    "choice_filter": {
        "vi": "choice_filter chỉ dùng cho câu hỏi chọn phương án.",
        "en": "A choice filter belongs to a question with choices.",
    },
    "repeat_count": {
        "vi": "repeat_count chỉ dùng ở dòng begin repeat.",
        "en": "A repeat_count belongs to a begin repeat row.",
    },
    "outside_repeat": {
        "vi": "position(..) chỉ dùng được trong nhóm lặp.",
        "en": "position(..) can be used only inside a repeat.",
    },
    "matrix": {
        "vi": "Bảng “{value}” phải gồm các nhóm, mỗi nhóm một dòng, với cùng số câu hỏi "
        "nhập số, chữ hoặc tính toán.",
        "en": "The table “{value}” has to consist of groups, one a row, each with as many "
        "questions for numbers, texts or calculations.",
    },
    "table_list": {
        "vi": "Các câu hỏi trong bảng “{value}” phải là câu chọn từ cùng một danh sách.",
        "en": "The questions of the table “{value}” have to choose from one and the same list.",
    },
    "no_expression": {
        "vi": "Dòng kiểm tra thiếu “{value}”.",
        "en": "The check has no “{value}”.",
    },
    "duplicate_check": {
        "vi": "Tên kiểm tra “{value}” đã dùng ở ô {cell}.",
        "en": "The name of the check “{value}” is already used in {cell}.",
    },
    "reserved": {
        "vi": "Tên “{value}” dành riêng cho hệ thống; vui lòng đặt tên khác.",
        "en": "The name “{value}” is kept for the system; please choose another one.",
    },
    "no_formula": {
        "vi": "Dòng calculate chưa có công thức; ghi vào cột calculation.",
        "en": "A calculate row needs a calculation.",
    },
    "no_list_name": {
        "vi": "Phương án chưa thuộc danh sách nào; ghi tên danh sách vào cột list_name.",
        "en": "The choice belongs to no list; write the name of its list in the list_name column.",
    },
    "no_label": {
        "vi": "Câu hỏi chưa có nhãn; ghi nội dung câu hỏi vào cột label.",
        "en": "The question has no label; write what it asks in the label column.",
    },
    "no_name": {"vi": "Thiếu tên câu hỏi.", "en": "The name is missing."},
    "no_list": {
        "vi": "Thiếu tên danh sách phương án; viết sau loại câu hỏi, ví dụ select_one co_khong.",
        "en": "The name of a list of choices is missing; write it after the type, such as "
        "select_one yes_no.",
    },
    "list": {
        "vi": "Không có danh sách “{value}” trong trang tính choices.",
        "en": "There is no list “{value}” on the choices sheet.",
    },
    "list_of_answers": {
        "vi": "Chưa hỗ trợ lấy phương án từ câu trả lời của nhóm lặp: {value}.",
        "en": "Choices cannot be taken from the answers of a repeat: {value}.",
    },
    "search": {
        "vi": "Chưa hỗ trợ search(…); vui lòng dùng select_one_from_file với tệp .csv và cột "
        "choice_filter.",
        "en": "search(…) is not supported; please use select_one_from_file with a .csv file and "
        "the choice_filter column.",
    },
    "no_choice_name": {
        "vi": "Phương án thiếu tên; ghi vào cột name.",
        "en": "The choice has no name; write it in the name column.",
    },
    "repeat_limit": {
        "vi": "Nhóm lặp có nhiều nhất 100 lần trả lời; “{value}” được hiểu là 100.",
        "en": "A repeat is answered at most 100 times; “{value}” is taken for 100.",
    },
    "other_language": {
        "vi": "Trang chỉ có tiếng Việt (vi) và tiếng Anh (en): “{value}” chỉ hiện khi là ngôn ngữ "
        "mặc định của biểu mẫu và không có nội dung bằng ngôn ngữ của trang.",
        "en": "Pages are in Vietnamese (vi) and English (en): “{value}” is shown only as the "
        "default language of the form, where there is no text in the language of the page.",
    },
    "duplicate_choice": {
        "vi": "Phương án “{value}” có hai lần trong danh sách “{list}”.",
        "en": "The choice “{value}” stands twice in the list “{list}”.",
    },
    "choice_name": {
        "vi": "Tên phương án “{value}” chưa hợp lệ: không có dấu cách.",
        "en": "The choice name “{value}” is not valid: it holds a space.",
    },
    "expression": {
        "vi": "Biểu thức chưa đúng: {detail}\n    {source}\n    {caret}",
        "en": "The expression is wrong: {detail}\n    {source}\n    {caret}",
    },
    "reference": {
        "vi": "Không có câu hỏi nào tên “{value}”.",
        "en": "There is no question called “{value}”.",
    },
    "current": {
        "vi": "Dấu chấm (giá trị của chính câu hỏi) chỉ dùng được trong các cột constraint, "
        "required và calculation.",
        "en": "The dot (the question's own value) can be used only in the columns constraint, "
        "required and calculation.",
    },
    "function": {
        "vi": "Hàm {value}() chỉ dùng được trong trang tính tables.",
        "en": "The function {value}() can be used only on the tables sheet.",
    },
    "cycle": {
        "vi": "Các câu hỏi phụ thuộc vòng tròn: {path}.",
        "en": "The questions depend on each other in a circle: {path}.",
    },
    "default": {
        "vi": "Giá trị mặc định “{value}” chưa hợp lệ cho câu hỏi này.",
        "en": "The default “{value}” is not valid for this question.",
    },
    "nested_repeat": {
        "vi": "Chưa hỗ trợ nhóm lặp nằm trong nhóm lặp.",
        "en": "A repeat inside a repeat is not supported.",
    },
    "file_in_repeat": {
        "vi": "Chưa hỗ trợ tệp gửi kèm trong nhóm lặp.",
        "en": "A file inside a repeat is not supported.",
    },
    "kind": {
        "vi": "Loại bảng “{value}” không có; chọn units, list hoặc distribution.",
        "en": "There is no table kind “{value}”; use units, list or distribution.",
    },
    "format": {
        "vi": "Định dạng “{value}” không có; chọn {choices}.",
        "en": "There is no format “{value}”; use {choices}.",
    },
    "number": {
        "vi": "“{value}” không phải là số nguyên.",
        "en": "“{value}” is not a whole number.",
    },
    "outside_table": {
        "vi": "Dòng này nằm ngoài bảng; trước nó phải có “begin table”.",
        "en": "This row is outside a table; it needs a “begin table” before it.",
    },
    "open_table": {
        "vi": "Bảng “{value}” chưa có “end table”.",
        "en": "The table “{value}” has no “end table”.",
    },
    "sort_kind": {
        "vi": "Chỉ bảng kiểu list sắp xếp được; các bảng khác theo thứ tự chính thức.",
        "en": "Only a table of kind list can be sorted; others keep the official order.",
    },
    "head_kind": {
        "vi": "Chỉ bảng kiểu list có thống kê ở đầu bảng (head).",
        "en": "Only a table of kind list has counts above it (head).",
    },
    "compared": {
        "vi": "Bảng so sánh chỉ dùng được các cột của bảng kiểu units; không có cột “{value}”.",
        "en": "A comparison names columns of tables of kind units; there is no column “{value}”.",
    },
    "chart": {
        "vi": "Không vẽ được biểu đồ theo “{value}” ở bảng này; chọn {choices}.",
        "en": "The column cannot be drawn by “{value}” in this table; use {choices}.",
    },
    "tick": {
        "vi": "Cột để Ban đánh dấu (tick) chỉ có ở bảng kiểu list và không có giá trị.",
        "en": "A column that the board ticks (tick) stands in a list and has no value.",
    },
    "sort_column": {
        "vi": "Bảng không có cột “{value}” để sắp xếp.",
        "en": "The table has no column “{value}” to sort by.",
    },
    "table_type": {
        "vi": "Cột type của trang tính tables chỉ nhận begin table, column hoặc end table.",
        "en": "The type column of the tables sheet takes begin table, column or end table.",
    },
    "no_table_name": {
        "vi": "Thiếu tên bảng hoặc tên cột.",
        "en": "The name of the table or column is missing.",
    },
    "duplicate_column": {
        "vi": "Bảng này đã có cột “{value}” ở ô {cell}.",
        "en": "The table has a column “{value}” already, in {cell}.",
    },
    "position": {
        "vi": "Ghi vị trí của bảng trong sổ: số nguyên từ 1 trở lên.",
        "en": "Write where the table stands in the workbook: a whole number, at least 1.",
    },
    "yes_no": {
        "vi": "Giá trị “{value}” chưa hợp lệ; ghi yes hoặc no.",
        "en": "“{value}” is not valid; write yes or no.",
    },
    "repeat_name": {
        "vi": "Không có nhóm lặp nào tên “{value}”.",
        "en": "There is no repeat called “{value}”.",
    },
    "too_deep": {
        "vi": "Nhóm lồng quá {limit} tầng; vui lòng bỏ bớt tầng.",
        "en": "Groups are nested more than {limit} levels deep; please use fewer levels.",
    },
    "too_many_in_repeat": {
        "vi": "Nhóm lặp có quá {limit} dòng; vui lòng tách bớt.",
        "en": "The repeat has more than {limit} rows; please split it.",
    },
    "too_many_offered": {
        "vi": "Đến dòng này, các câu hỏi có tất cả hơn {limit} phương án; vui lòng bớt câu chọn từ "
        "danh sách dài.",
        "en": "Up to this row, the questions offer more than {limit} choices in all; please ask "
        "fewer of those with long lists.",
    },
    "too_many_questions": {
        "vi": "Biểu mẫu có quá {limit} dòng; vui lòng tách thành nhiều biểu mẫu.",
        "en": "The form has more than {limit} rows; please split it into several forms.",
    },
    "no_questions": {"vi": "Biểu mẫu không có câu hỏi nào.", "en": "The form has no questions."},
}

# What is said of a fill-in workbook that a unit uploads; what is not here, FORMS says.
WORKBOOKS: dict[str, dict[str, str]] = {
    "unreadable": {
        "vi": "Tệp không phải là tệp Excel .xlsx đọc được ({detail}). Vui lòng nộp tệp Excel đã "
        "tải về từ đường dẫn của đơn vị.",
        "en": "The file is not a readable Excel file (.xlsx): {detail}. Please upload the workbook "
        "that was downloaded from the link of your unit.",
    },
    "old_excel": {
        "vi": "Tệp này theo kiểu Excel cũ (.xls) hoặc có mật khẩu. Vui lòng mở tệp, bỏ mật khẩu "
        "nếu có, chọn Lưu thành (Save As), kiểu “Excel Workbook (.xlsx)”, rồi nộp tệp .xlsx.",
        "en": "This file is of the old Excel kind (.xls), or has a password. Please open it, "
        "remove the password if there is one, choose Save As, type “Excel Workbook (.xlsx)”, and "
        "upload the .xlsx file.",
    },
    "open_document": {
        "vi": "Tệp này theo kiểu OpenDocument (.ods). Vui lòng mở tệp, chọn Lưu thành (Save As), "
        "kiểu “Excel 2007-365 (.xlsx)”, rồi nộp tệp .xlsx.",
        "en": "This file is of the kind OpenDocument (.ods). Please open it, choose Save As, type "
        "“Excel 2007-365 (.xlsx)”, and upload the .xlsx file.",
    },
    "csv": {
        "vi": "Tệp văn bản (.csv) chỉ giữ được một trang tính và mất phần nhận dạng. Vui lòng mở "
        "lại tệp Excel đã tải về, lưu thành tệp .xlsx rồi nộp.",
        "en": "A text file (.csv) keeps one sheet only and loses what the workbook is known by. "
        "Please open the downloaded workbook again, save it as .xlsx and upload that.",
    },
    "broken": {
        "vi": "Tệp bị hỏng nên không đọc được. Vui lòng mở tệp trong Excel, lưu lại thành tệp "
        ".xlsx mới rồi nộp.",
        "en": "The file is damaged and cannot be read. Please open it in Excel, save it as a new "
        ".xlsx file and upload that.",
    },
    "formula": {
        "vi": "Ô này là công thức chưa có giá trị. Vui lòng nhập giá trị thay cho công thức.",
        "en": "This cell is a formula without a value. Please write the value instead.",
    },
    "formula_value": {
        "vi": "Ô này là công thức; đã lấy giá trị của công thức: {value}.",
        "en": "This cell is a formula; its value was taken: {value}.",
    },
    "merged": {
        "vi": "Các ô {value} đã bị gộp, không rõ nội dung thuộc ô nào. Vui lòng bỏ gộp ô "
        "(Unmerge Cells) rồi nhập từng ô.",
        "en": "The cells {value} were merged, so nobody can tell which of them is meant. Please "
        "unmerge them and fill in each.",
    },
    "whole_number": {
        "vi": "Ô này có giá trị {value}. Vui lòng nhập số nguyên, ví dụ 1234.",
        "en": "This cell holds {value}. Please enter a whole number, for example 1234.",
    },
    "date_for_number": {
        "vi": "Excel coi ô này là ngày giờ ({value}), không phải số. Vui lòng chọn định dạng "
        "Number cho ô rồi nhập lại.",
        "en": "Excel takes this cell for a date or time ({value}), and not for a number. Please "
        "choose the format Number for it and type it again.",
    },
    "percent_read": {
        "vi": "Ô này có dạng phần trăm; đọc là {value}.",
        "en": "This cell has the format of a percentage; it was read as {value}.",
    },
    "serial_read": {
        "vi": "Ô này là số {number}; đọc là ngày giờ {value}.",
        "en": "This cell holds the number {number}; it was read as the date or time {value}.",
    },
    "date_read": {
        "vi": "Excel coi ô này là ngày giờ; đọc là “{value}”.",
        "en": "Excel takes this cell for a date or time; it was read as “{value}”.",
    },
    "mark": {
        "vi": "Ô này chỉ để đánh dấu x hoặc để trống, không ghi “{value}”.",
        "en": "This cell is marked with x or left blank; it cannot hold “{value}”.",
    },
    "no_choice": {
        "vi": "Không có phương án “{value}”. Vui lòng ghi đúng tên các phương án, cách nhau bằng "
        "dấu chấm phẩy.",
        "en": "There is no choice “{value}”. Please write the choices as they are called, with "
        "semicolons between them.",
    },
    "twice": {
        "vi": "Mục này có hai ô trong tệp; ô kia là {first}. Vui lòng chỉ giữ một ô.",
        "en": "This question has two cells in the file; the other one is {first}. Please keep one.",
    },
    "table_twice": {
        "vi": "Bảng này có hai lần trong tệp. Vui lòng chỉ giữ một bảng.",
        "en": "This table stands twice in the file. Please keep one of them.",
    },
    "column_gone": {
        "vi": "Bảng này đã mất cột “{value}”. Vui lòng tải lại tệp và chép nội dung sang.",
        "en": "This table has lost its column “{value}”. Please download the workbook again and "
        "copy the contents.",
    },
    "choice_row_gone": {
        "vi": "Dòng “{value}” của mục “{question}” đã bị xóa. Vui lòng tải lại tệp và chép nội "
        "dung sang.",
        "en": "The row “{value}” of “{question}” was deleted. Please download the workbook again "
        "and copy the contents.",
    },
    "inserted": {
        "vi": "Dòng này được chèn thêm hoặc chép từ dòng khác nên không rõ là dòng thứ mấy. Vui "
        "lòng dùng các dòng có sẵn của bảng.",
        "en": "This row was inserted or copied, so nobody can tell which one it is. Please use the "
        "rows of the table.",
    },
    "too_many_instances": {
        "vi": "Bảng này chỉ nhận tối đa {limit} dòng.",
        "en": "This table takes at most {limit} rows.",
    },
    "extra": {
        "vi": "Ô này không thuộc biểu mẫu nên không được đọc: “{value}”.",
        "en": "This cell does not belong to the form and was not read: “{value}”.",
    },
    "extra_sheet": {
        "vi": "Trang tính này không thuộc biểu mẫu nên không được đọc.",
        "en": "This sheet does not belong to the form and was not read.",
    },
}


def answer_message(key: str, language: str, **parts: object) -> str:
    """Return sentence `key` about an answer; a language that has none gets Vietnamese."""
    return _sentence(ANSWERS[key], language, parts)


def form_message(key: str, language: str, **parts: object) -> str:
    """Return sentence `key` about a form; a language that has none gets Vietnamese."""
    return _sentence(FORMS[key], language, parts)


def workbook_message(key: str, language: str, **parts: object) -> str:
    """Return sentence `key` about a workbook; a language that has none gets Vietnamese."""
    return _sentence(WORKBOOKS.get(key) or FORMS[key], language, parts)


def _sentence(sentences: dict[str, str], language: str, parts: dict[str, object]) -> str:
    return sentences.get(language, sentences["vi"]).format(**parts)
