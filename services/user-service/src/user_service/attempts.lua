-- Counts one attempt at a password, or returns the seconds to wait before the next one.
-- KEYS: waits and counts of this account from this address, waits and counts of the account from strangers,
--       the count of the address, the mark of an address that has logged in here before.
-- ARGV: free attempts, the same from strangers, attempts of an address, its window in seconds,
--       the first delay, the longest one, the longest one from strangers.
local own_wait, own_count, strange_wait, strange_count, address_count, known = unpack(KEYS)
local free, free_strange, most, window, first, longest, longest_strange = unpack(ARGV)

local function delay(count, free, longest)
  return math.min(first * 2 ^ math.min(count - free, 30), longest)
end

local function count(name)
  local value = redis.call('INCR', name)
  redis.call('EXPIRE', name, window, 'NX')
  return value
end

local stranger = redis.call('EXISTS', known) == 0
local wait = redis.call('TTL', own_wait)
if stranger then
  wait = math.max(wait, redis.call('TTL', strange_wait))
end
if tonumber(redis.call('GET', address_count) or '0') >= tonumber(most) then
  wait = math.max(wait, redis.call('TTL', address_count))
end
if wait > 0 then
  return wait
end

count(address_count)
local tried = count(own_count)
if tried >= tonumber(free) then
  redis.call('SET', own_wait, 1, 'EX', math.ceil(delay(tried, tonumber(free), tonumber(longest))))
end
if stranger then
  tried = count(strange_count)
  if tried >= tonumber(free_strange) then
    redis.call('SET', strange_wait, 1, 'EX',
      math.ceil(delay(tried, tonumber(free_strange), tonumber(longest_strange))))
  end
end
return 0
