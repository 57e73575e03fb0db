package io.stagepost;

import io.stagepost.Limits.Threads;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where handlers run: on virtual threads from Java 24, where {@code synchronized} no longer pins
 * them, or from 21 if told so; on a pool of platform threads otherwise. The engine bounds how many
 * run at once.
 */
final class HandlerThreads {
  private static final int FIRST_VIRTUAL = 21;
  private static final int FIRST_WITHOUT_PINNING = 24;

  private HandlerThreads() {}

  static boolean hasVirtual() {
    return Runtime.version().feature() >= FIRST_VIRTUAL;
  }

  static ExecutorService of(String subscription, Limits limits) {
    if (isVirtual(limits.threads())) {
      return virtual();
    }
    AtomicInteger number = new AtomicInteger();
    ThreadFactory threads =
        task -> new Thread(task, "stagepost-" + subscription + "-" + number.incrementAndGet());
    int concurrency = limits.concurrency();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            concurrency, concurrency, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  static String describe(Threads threads) {
    return isVirtual(threads) ? "virtual threads" : "bounded pool of platform threads";
  }

  private static boolean isVirtual(Threads threads) {
    return switch (threads) {
      case VIRTUAL -> true;
      case PLATFORM -> false;
      case AUTOMATIC -> Runtime.version().feature() >= FIRST_WITHOUT_PINNING;
    };
  }

  /** Reached by name, since the byte code is that of Java 17. */
  private static ExecutorService virtual() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (IllegalAccessException
        | NoSuchMethodException
        | InvocationTargetException impossible) {
      throw new IllegalStateException("This JVM has no virtual threads", impossible);
    }
  }
}
