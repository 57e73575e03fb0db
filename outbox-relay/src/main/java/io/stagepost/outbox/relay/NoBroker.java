package io.stagepost.outbox.relay;

import io.cloudevents.CloudEvent;
import io.stagepost.Receipt;
import io.stagepost.Setting;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** For commands that look after the tables, and talk to no broker. */
final class NoBroker implements Transport, Sender {
  @Override
  public String name() {
    return "none";
  }

  @Override
  public Sender sender(Duration timeout) {
    return this;
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    throw none();
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    throw none();
  }

  @Override
  public CloudEvent decode(Message message) {
    throw none();
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    throw none();
  }

  @Override
  public TopologyAdmin topology() {
    throw none();
  }

  @Override
  public Browser browser() {
    throw none();
  }

  @Override
  public Capabilities capabilities() {
    throw none();
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public void close() {}

  private static UnsupportedOperationException none() {
    return new UnsupportedOperationException("This command has no broker.");
  }
}
