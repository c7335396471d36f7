-- Transaction search: rows of the search view by what they mention. Braces stand for its tables.

-- name: pieces
-- What may mention terms of the spans, in some stretches, as of one moment.
select asked.number, kept.stretch, kept.mentions, null::bytea as places
from unnest(%(loose)s::bigint []) with ordinality as asked (bucket, number)
cross join lateral (
    select stretch, mentions from partita_views.{loose} -- noqa: PRS
    where bucket = asked.bucket and stretch >= %(first)s and stretch < %(beyond)s
) as kept
union all
select asked.number, kept.stretch, kept.mentions, null::bytea as places
from unnest(%(bound)s::bigint []) with ordinality as asked (bucket, number)
cross join lateral (
    select stretch, mentions from partita_views.{bound} -- noqa: PRS
    where bucket = asked.bucket and stretch >= %(first)s and stretch < %(beyond)s
) as kept
union all
select asked.number, kept.stretch, null::bytea as mentions, kept.places
from unnest(%(lows)s::bigint [], %(highs)s::bigint []) with ordinality
    as asked (low, high, number)
cross join lateral (
    select stretch, places from partita_views.{frequent} -- noqa: PRS
    where term >= asked.low and term < asked.high
        and stretch >= %(first)s and stretch < %(beyond)s
) as kept;
