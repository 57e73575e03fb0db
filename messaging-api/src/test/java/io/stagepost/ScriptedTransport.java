package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The edge of publishing: keeps what is sent, and answers when and as a test says. */
final class ScriptedTransport implements Transport {
  /** One message that was sent. */
  record Sent(Message message, CompletableFuture<Receipt> answer) {
    String text() {
      return new String(Objects.requireNonNull(message.body()), UTF_8);
    }

    void confirm() {
      answer.complete(new Receipt(message.address(), ""));
    }

    void fail(Throwable failure) {
      answer.completeExceptionally(failure);
    }
  }

  /** Payloads as text. */
  static final class Text implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      throw new UnsupportedOperationException();
    }
  }

  private final List<Sent> sent = new ArrayList<>();
  private volatile Function<Message, CompletableFuture<Receipt>> answers =
      message -> new CompletableFuture<>();
  private volatile boolean senderClosed;

  static EventType<String> type(String channel) {
    return EventType.of("test.text.v1", String.class)
        .source("urn:test")
        .channel(channel)
        .key(text -> text.substring(0, 1))
        .codec(new Text());
  }

  void answers(Function<Message, CompletableFuture<Receipt>> answers) {
    this.answers = answers;
  }

  List<Sent> sent() {
    synchronized (sent) {
      return List.copyOf(sent);
    }
  }

  List<String> texts() {
    return sent().stream().map(Sent::text).toList();
  }

  boolean senderClosed() {
    return senderClosed;
  }

  @Override
  public String name() {
    return "scripted";
  }

  /** Bodies only, so that a test can count bytes; and the trace, if there is one. */
  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    Object trace = event.getExtension("traceparent");
    return new Message(
        address,
        null,
        trace == null
            ? List.of()
            : List.of(new Header("traceparent", trace.toString().getBytes(UTF_8))),
        Objects.requireNonNull(event.getData()).toBytes());
  }

  @Override
  public CloudEvent decode(Message message) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Sender sender(Duration timeout) {
    return new Sender() {
      @Override
      public CompletableFuture<Receipt> send(Message message) {
        CompletableFuture<Receipt> answer = answers.apply(message);
        synchronized (sent) {
          sent.add(new Sent(message, answer));
        }
        return answer;
      }

      @Override
      public void close() {
        senderClosed = true;
      }
    };
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TopologyAdmin topology() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Browser browser() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.full();
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public void close() {}
}
