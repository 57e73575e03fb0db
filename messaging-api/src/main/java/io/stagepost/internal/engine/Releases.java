package io.stagepost.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Who waits for running handlers to end, and for which lanes. Guarded by the engine. */
final class Releases {
  private record Release(Set<Lane> lanes, CompletableFuture<Void> done) {}

  private final List<Release> waiting = new ArrayList<>();

  void add(Set<Lane> lanes, CompletableFuture<Void> done) {
    waiting.add(new Release(lanes, done));
  }

  /** A lane's turn has ended. Returns what is to be completed, outside the lock. */
  List<CompletableFuture<Void>> ended(Lane lane) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<CompletableFuture<Void>> done = new ArrayList<>();
    waiting.removeIf(
        release -> {
          release.lanes.remove(lane);
          if (release.lanes.isEmpty()) {
            done.add(release.done);
          }
          return release.lanes.isEmpty();
        });
    return done;
  }
}
