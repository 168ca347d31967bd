;; Makes handles of a resource of its own, which the host keeps.
;; limit HANDLES
;; expect load: `describe` failed: it took too many handles: the limit is 100

(component
  (good)
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core module $maker
    (import "host" "new" (func $new (param i32) (result i32)))
    (func $start (loop $for-ever (drop (call $new (i32.const 1))) (br $for-ever)))
    (start $start))
  (core instance $host (export "new" (func $new)))
  (core instance (instantiate $maker (with "host" (instance $host)))))
