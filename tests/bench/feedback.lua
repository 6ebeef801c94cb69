-- Sends one feedback a request, each from a form of its own.
local count = 0
local thread = 0
function setup(t) t:set("id", thread); thread = thread + 1 end
function request()
  count = count + 1
  local body = "instance=" .. os.time() .. "-" .. id .. "-" .. count .. "-" .. math.random(1e9)
    .. "&doi_tuong=dv_cbccvc&dia_ban=rach_gia&cach_tham_gia_a=hn_tt&cach_tham_gia_a=tu_nc"
    .. "&co_tai_lieu=giay&de_hieu=4&cach_trinh_bay=5&thoi_luong=phu_hop&thiet_thuc=4"
    .. "&mong_muon=tl_ngan&mong_muon=video&gop_y=T%C3%A0i%20li%E1%BB%87u%20d%E1%BB%85%20hi%E1%BB%83u"
    .. "&action=submit"
  return wrk.format("POST", nil, {["Content-Type"] = "application/x-www-form-urlencoded"}, body)
end
local refused = 0
function response(status) if status ~= 303 then refused = refused + 1 end end
function done(summary, latency)
  io.write(string.format("p99_ms=%.1f\n", latency:percentile(99) / 1000))
end
