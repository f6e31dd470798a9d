-- Token buckets, each kept as the moment it will be full again (microseconds); a missing one is full.
-- KEYS: for each request its caller's bucket and its address's bucket ('' for one it needs no token of).
-- ARGV: microseconds per token and size, of callers' and of addresses' buckets; then for each key how many tokens to
-- take, of which all but one are in advance: they come from the first half of what is there, or not at all.
-- Returns six numbers a request: which bucket refused (0: none, so each gave a token), the microseconds until it has
-- one, and for each bucket the tokens it gave and the microseconds until it is full.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval = { tonumber(ARGV[1]), tonumber(ARGV[3]) }
local size = { tonumber(ARGV[2]), tonumber(ARGV[4]) }
local answers = {}
for first = 1, #KEYS, 2 do
  local taken, full = { 0, 0 }, { now, now }
  local refused, wait = 0, 0
  for i = 1, 2 do
    local key = KEYS[first + i - 1]
    if key ~= '' then
      full[i] = math.max(now, tonumber(redis.call('GET', key) or 0))
      local room = size[i] * interval[i] - (full[i] - now)
      if room < interval[i] then
        if interval[i] - room > wait then refused, wait = i, interval[i] - room end
      else
        local wanted = tonumber(ARGV[4 + first + i - 1])
        taken[i] = math.max(1, math.min(wanted, math.floor(room / interval[i] / 2)))
      end
    end
  end
  answers[#answers + 1] = refused
  answers[#answers + 1] = math.ceil(wait)
  for i = 1, 2 do
    if refused > 0 then taken[i] = 0 end
    if taken[i] > 0 then
      full[i] = full[i] + taken[i] * interval[i]
      local key = KEYS[first + i - 1]
      redis.call('SET', key, string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
    end
    answers[#answers + 1] = taken[i]
    answers[#answers + 1] = math.ceil(full[i] - now)
  end
end
return answers
