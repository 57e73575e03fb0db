/**
 * The key-lane engine: one for every transport.
 *
 * <p>Deliveries flow in through {@link io.stagepost.spi.Intake#offer}, wait in the lane of their
 * key, travel the consume road one at a time per lane, and are settled. Lanes run in parallel, up
 * to the limit of concurrency, as the {@link io.stagepost.internal.engine.Pace} allows.
 *
 * <pre>
 *              offer              a worker takes its turn        settled, lane empty
 *   (no lane) ───────▶ READY ──────────────────────────▶ RUNNING ────────────────────▶ (no lane)
 *                        ▲                                │   │
 *                        ├── settled, more waiting ───────┘   │ to be tried again
 *                        └───────── delay over ── BACKOFF ◀───┘
 * </pre>
 *
 * <p>Read it in this order: {@code Lane}, {@link io.stagepost.internal.engine.Passage}, {@code
 * Turn} (a lane's stay with a worker), {@link io.stagepost.internal.engine.Engine}, and what it
 * asks: {@code Room} (bounds), {@code Ready} (priorities), {@code Pace} with {@code RateLimit} and
 * {@link io.stagepost.internal.engine.RetryBudget} (what may start), {@code Releases} (who waits
 * for an end).
 *
 * <p>Invariants, kept under the engine's one lock, which is never held while user code runs. All of
 * them are explored by {@code EngineInterleavingsTest}; the tests named guard each by itself.
 *
 * <ol>
 *   <li>A lane is in at most one of the states above and has at most one turn, so its deliveries
 *       never overlap, and they start in the order of their offers (rule D04): {@code
 *       EngineTest.d04_keys_never_overlap_on_real_threads}.
 *   <li>Deliveries and bytes in flight never exceed their bounds, nor a lane its share (D09); a
 *       single delivery larger than the bound is taken alone in its priority: {@code
 *       EngineTest.d09_…}.
 *   <li>A refusal is followed by a call of {@code onRoom} once there is room: {@code
 *       EngineTest.d09_no_more_than_the_bound_is_taken_and_room_is_told_of}.
 *   <li>A delivery is settled exactly when its passage has ended, and never otherwise (D03): {@code
 *       EngineInterleavingsTest}.
 *   <li>A passage of an assignment that has ended is not started (D11); a lane whose handler runs
 *       keeps its turn until that run has ended, whoever the partition belongs to by then: {@code
 *       EngineTest.d11_…}.
 *   <li>Lanes of a priority are served in the order in which they became ready, and a turn is
 *       bounded, so that a hot key starves nobody: {@code EngineTest.a_hot_key_starves_nobody}.
 *       Priorities are served by their weights, and each leaves the others their share of what runs
 *       and what is in flight: {@code PriorityTest}.
 *   <li>While the budget probes, one lane at a time starts, with one passage (D12): {@code
 *       RetryBudgetTest} in the testkit.
 *   <li>Never more than the limit of concurrency run: turns that occupy a place, and jobs. A turn
 *       that waits in a batch occupies none: its batch is a job: {@code
 *       BatchTest.many_keys_fill_a_batch_although_one_handler_runs_at_a_time} in the testkit.
 *   <li>A lane without deliveries does not exist: idle keys cost nothing: {@code
 *       EngineTest.idle_keys_cost_nothing}.
 *   <li>A lane that waits, in BACKOFF, for an asynchronous handler or for its batch, holds no
 *       thread: {@code EngineTest.a_lane_that_waits_holds_no_thread}.
 * </ol>
 */
@NullMarked
package io.stagepost.internal.engine;

import org.jspecify.annotations.NullMarked;
