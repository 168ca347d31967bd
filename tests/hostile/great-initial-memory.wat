;; Asks for its memory all at once, before any of its code runs.
;; expect load: `describe` failed: it ran out of memory: the limit for this input is 64 MiB

(memory $second 2000)
