package io.stagepost.kafka;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What receivers log meanwhile: the messages, which begin with their codes. */
final class Told extends Handler implements AutoCloseable {
  /** Kept, so that it is not collected while it is listened to. */
  private static final Logger RECEIVER = Logger.getLogger("io.stagepost.kafka.Receiver");

  /** How many tests listen: they may run side by side. Guarded by the logger. */
  private static int listening;

  private final List<String> messages = new CopyOnWriteArrayList<>();

  Told() {
    synchronized (RECEIVER) {
      listening++;
      RECEIVER.setLevel(Level.INFO);
      RECEIVER.addHandler(this);
    }
  }

  /** How often something was told of a subscription: by its code, or other words of it. */
  long count(String words, String subscription) {
    return messages.stream()
        .filter(message -> message.contains(words) && message.contains(subscription))
        .count();
  }

  @Override
  public void publish(LogRecord told) {
    messages.add(told.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    synchronized (RECEIVER) {
      RECEIVER.removeHandler(this);
      if (--listening == 0) {
        RECEIVER.setLevel(null);
      }
    }
  }
}
