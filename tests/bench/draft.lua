-- Changes one answer of a draft a request, as a page does by itself. BODY is what a page says.
-- PATHS are the drafts of many units; what Phiếu is compared with has one address.
local count = 0
local thread = 0
local paths = {}
function setup(t) t:set("id", thread); thread = thread + 1 end
function init()
  for path in os.getenv("PATHS"):gmatch("%S+") do paths[#paths + 1] = path end
  if not wrk.path:find("/nhap") then paths = { wrk.path } end
end
function request()
  count = count + 1
  local body = os.getenv("BODY") .. "&nguoi_lap=" .. id .. "-" .. count .. "-" .. math.random(1e9)
  local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
  return wrk.format("POST", paths[count % #paths + 1], headers, body)
end
