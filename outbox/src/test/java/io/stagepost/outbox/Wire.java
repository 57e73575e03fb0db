package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Where a relay under test sends to: keeps what arrives, in order; a test may answer otherwise, or
 * hold back the answers until they are flushed.
 */
final class Wire implements Function<Message, CompletableFuture<Receipt>> {
  private final List<Message> arrived = new ArrayList<>();
  private final List<Runnable> gathered = new ArrayList<>();
  private volatile Function<Message, CompletableFuture<Receipt>> answer = Wire::confirmed;

  @Override
  public CompletableFuture<Receipt> apply(Message message) {
    synchronized (arrived) {
      arrived.add(message);
    }
    return answer.apply(message);
  }

  /** Answers to everything, but not before it is flushed. */
  void gathers() {
    answers(
        message -> {
          CompletableFuture<Receipt> later = new CompletableFuture<>();
          gathered.add(() -> later.complete(new Receipt(message.address(), "")));
          return later;
        });
  }

  void flush() {
    List<Runnable> now = List.copyOf(gathered);
    gathered.clear();
    now.forEach(Runnable::run);
  }

  void answers(Function<Message, CompletableFuture<Receipt>> answer) {
    this.answer = answer;
  }

  static CompletableFuture<Receipt> confirmed(Message message) {
    return CompletableFuture.completedFuture(new Receipt(message.address(), ""));
  }

  List<Message> arrived() {
    synchronized (arrived) {
      return List.copyOf(arrived);
    }
  }

  /** The bodies, as text, in order of arrival. */
  List<String> texts() {
    return arrived().stream().map(Wire::text).toList();
  }

  static String text(Message message) {
    return new String(Objects.requireNonNull(message.body()), UTF_8);
  }

  void clear() {
    synchronized (arrived) {
      arrived.clear();
    }
  }
}
