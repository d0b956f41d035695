-- For wrk: posts single decisions, each under an id of its own.
-- Environment: BENCH_TEMPLATES (a file of bodies with marks), BENCH_KEY, BENCH_RUN, BENCH_AT.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  parts = {}
  for line in io.lines(os.getenv("BENCH_TEMPLATES")) do
    local before, rest = line:match("^(.-)@ID@(.*)$")
    local between, after = rest:match("^(.-)@PERSON@(.*)$")
    between = between:gsub("@AT@", os.getenv("BENCH_AT"))
    parts[#parts + 1] = { before, between, after }
  end
  run = os.getenv("BENCH_RUN") .. "-" .. number .. "-"
  count = 0
  headers = {
    ["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY"),
    ["Content-Type"] = "application/json",
  }
end

function request()
  count = count + 1
  local part = parts[count % #parts + 1]
  local name = run .. count
  local body = part[1] .. name .. part[2] .. "p-" .. name .. part[3]
  return wrk.format("POST", "/api/v1/decisions", headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
