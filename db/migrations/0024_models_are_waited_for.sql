-- Models think for minutes before they say a word. Upstreams of models that were left at the usual bounds get those that
-- new ones get; what a seller has set stays.
UPDATE upstreams u SET first_byte_timeout_ms = 300000, idle_timeout_ms = 300000, total_timeout_ms = 1800000
FROM services s
WHERE s.id = u.service_id AND s.kind = 'llm'
  AND (u.first_byte_timeout_ms, u.idle_timeout_ms, u.total_timeout_ms) = (60000, 60000, 600000);
