-- Count two cells more for each heading, that of a day too: its bracket is drawn as an escape. A day's heading stands
-- before the first turn of each day in UTC, as `memory.stream.new_day` has it.
WITH
    days AS (
        SELECT id, conversation, key_size, substr(time, 1, 10) AS day,
            lag(substr(time, 1, 10)) OVER (PARTITION BY conversation ORDER BY id) AS day_before
        FROM turns
    ),
    wider AS (
        SELECT id, conversation, 2 + 2 * (day IS NOT day_before) AS cells, 2 * (key_size > 0) AS key_cells FROM days
    ),
    moved AS (
        SELECT id, cells, key_cells, total(cells) OVER before AS by, total(key_cells) OVER before AS key_by
        FROM wider
        WINDOW before AS (PARTITION BY conversation ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
UPDATE turns SET
    start = start + CAST(moved.by AS INTEGER), size = size + moved.cells,
    key_start = key_start + CAST(moved.key_by AS INTEGER), key_size = key_size + moved.key_cells
FROM moved WHERE moved.id = turns.id
