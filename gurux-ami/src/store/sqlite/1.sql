-- The first form of a store. Times are microseconds since 1970-01-01T00:00 UTC.

CREATE TABLE device (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A property of a device, in one unit: where a profile changes the unit, another series begins.
CREATE TABLE series (
    id       INTEGER PRIMARY KEY,
    device   INTEGER NOT NULL REFERENCES device (id),
    property TEXT NOT NULL,
    unit     TEXT NOT NULL,
    quantity TEXT NOT NULL,
    obis     TEXT,
    UNIQUE (device, property, unit)
) STRICT;

-- kind: 0 no value, 1 decimal (raw * 10^exp exactly; text where raw has no room), 2 and 3 float of
-- 32 and 64 bits, 4 yes or no, 5 state and 6 flags (raw, and text for their names), 7 text, 8 octets in
-- hexadecimal, 9 date and time. value is the nearest float of any number, for charts.
-- quality: bits, 0 is good. source: 0 read, 1 read back, 2 captured.
CREATE TABLE reading (
    series      INTEGER NOT NULL REFERENCES series (id),
    ts          INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    raw         INTEGER,
    exp         INTEGER,
    value       REAL,
    text        TEXT,
    quality     INTEGER NOT NULL,
    clock       INTEGER NOT NULL,
    source      INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (series, ts)
) STRICT, WITHOUT ROWID;

-- What stood in reading before another value came for the same time.
CREATE TABLE reading_revision (
    series      INTEGER NOT NULL,
    ts          INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    raw         INTEGER,
    exp         INTEGER,
    value       REAL,
    text        TEXT,
    quality     INTEGER NOT NULL,
    clock       INTEGER NOT NULL,
    source      INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    revised_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX reading_revision_key ON reading_revision (series, ts);

CREATE TABLE poll (
    id        INTEGER PRIMARY KEY,
    device    INTEGER NOT NULL REFERENCES device (id),
    name      TEXT NOT NULL,
    last_tick INTEGER NOT NULL,
    UNIQUE (device, name)
) STRICT;

-- One round each. outcome: 0 good, 1 partial, 2 refused, 3 silent, 4 unreachable, 5 skipped.
CREATE TABLE attempt (
    poll    INTEGER NOT NULL REFERENCES poll (id),
    tick    INTEGER NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    good    INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    why     TEXT,
    PRIMARY KEY (poll, tick, began)
) STRICT, WITHOUT ROWID;

-- For people with a database browser.
CREATE VIEW readings AS
SELECT device.name AS device,
       series.property,
       strftime('%Y-%m-%dT%H:%M:%fZ', reading.ts / 1000000.0, 'unixepoch') AS time,
       coalesce(reading.value, reading.text) AS value,
       series.unit,
       reading.quality
FROM reading
JOIN series ON series.id = reading.series
JOIN device ON device.id = series.device;
