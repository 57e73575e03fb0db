package io.stagepost;

import org.jspecify.annotations.Nullable;

/**
 * What a thread does for an event before its handler begins: decoding it, which may wait for a
 * schema registry. Where the event is not to be handled any more, that wait ends. Thread-safe.
 */
final class Preparation {
  private @Nullable Thread thread;
  private boolean interrupted;
  private boolean isInVain;

  /** It begins, on this thread; not if it is in vain. */
  synchronized boolean begin() {
    if (isInVain) {
      return false;
    }
    thread = Thread.currentThread();
    return true;
  }

  /** It has ended, on the same thread, which will not be interrupted any more. */
  synchronized void end() {
    thread = null;
    if (interrupted) {
      interrupted = false;
      Thread.interrupted(); // meant for what has ended
    }
  }

  /** Ends it, and lets none begin. */
  synchronized void stop() {
    isInVain = true;
    if (thread != null) {
      interrupted = true;
      thread.interrupt();
    }
  }
}
