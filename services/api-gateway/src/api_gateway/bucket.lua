-- Token buckets, each kept as the moment it will be full again (microseconds); a missing one is full.
-- KEYS: for each request its caller's bucket ('' when unknown) and its address's bucket.
-- ARGV: microseconds per token and size, of callers' and of addresses' buckets.
-- Returns four numbers a request: which bucket refused (0: none, so both gave a token), which bucket is the nearest to
-- empty, its tokens left, and the microseconds until a token comes (refused) or until that bucket is full (allowed).
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval = { tonumber(ARGV[1]), tonumber(ARGV[3]) }
local size = { tonumber(ARGV[2]), tonumber(ARGV[4]) }
local answers = {}
for first = 1, #KEYS, 2 do
  local full = {}
  local refused, nearest, left, wait = 0, 0, nil, 0
  for i = 1, 2 do
    local key = KEYS[first + i - 1]
    if key ~= '' then
      full[i] = math.max(now, tonumber(redis.call('GET', key) or 0)) + interval[i]
      local room = size[i] * interval[i] - (full[i] - now)
      if room < 0 then
        if -room > wait then refused, wait = i, -room end
      else
        local tokens = math.floor(room / interval[i])
        if left == nil or tokens < left then nearest, left = i, tokens end
      end
    end
  end
  if refused > 0 then
    nearest, left = refused, 0
  else
    for i, at in pairs(full) do
      redis.call('SET', KEYS[first + i - 1], string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
    end
    wait = full[nearest] - now
  end
  answers[#answers + 1] = refused
  answers[#answers + 1] = nearest
  answers[#answers + 1] = left
  answers[#answers + 1] = math.ceil(wait)
end
return answers
