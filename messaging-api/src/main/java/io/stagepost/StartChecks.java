package io.stagepost;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What codecs have against types when a subscription starts, asked for all types at a time. */
final class StartChecks {
  /** Each may wait for a registry that does not answer; so many do that together. */
  private static final int THREADS = 32;

  private StartChecks() {}

  /** By type; in the order of the types. */
  static Map<EventType<?>, List<String>> problems(Collection<EventType<?>> types) {
    Map<EventType<?>, List<String>> problems = new LinkedHashMap<>();
    if (types.size() < 2) {
      types.forEach(type -> problems.put(type, problems(type)));
      return problems;
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(types.size(), THREADS),
            check -> {
              Thread thread = new Thread(check, "stagepost-start");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<List<String>>> checks = new ArrayList<>();
      types.forEach(type -> checks.add(threads.submit(() -> problems(type))));
      int next = 0;
      for (EventType<?> type : types) {
        problems.put(type, checks.get(next++).get());
      }
      return problems;
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MessagingException(
          "SP-API-038", "Interrupted while a subscription was starting; start it again.");
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> problems(EventType<?> type) {
    try {
      return type.codec().problems(type);
    } catch (MessagingException incomplete) {
      return List.of(String.valueOf(incomplete.getMessage()));
    }
  }
}
