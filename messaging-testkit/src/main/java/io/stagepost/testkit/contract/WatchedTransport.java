package io.stagepost.testkit.contract;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.Setting;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A member's transport, watched: to which assignment an event belongs that it offers, and which of
 * its assignments it has told to be lost. Changes nothing. Thread-safe.
 */
final class WatchedTransport implements Transport {
  private final Transport transport;

  /** By event: where it was offered last. */
  private final Map<String, Assignment> offered = new ConcurrentHashMap<>();

  private final Map<Assignment, Long> lost = new ConcurrentHashMap<>();

  WatchedTransport(Transport transport) {
    this.transport = transport;
  }

  /** The assignment by which an event was offered last. */
  Assignment assignment(String event) {
    return requireNonNull(offered.get(event), event);
  }

  /**
   * When an assignment was told to be lost.
   *
   * @return by {@link System#nanoTime()}; null if it was not, so far
   */
  @Nullable Long lostAt(Assignment assignment) {
    return lost.get(assignment);
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    return transport.receive(
        reception,
        new Intake() {
          @Override
          public int offer(List<? extends Delivery> deliveries) {
            deliveries.forEach(each -> offered.put(decode(each).getId(), each.assignment()));
            return intake.offer(deliveries);
          }

          @Override
          public boolean hasRoom() {
            return intake.hasRoom();
          }

          @Override
          public CompletableFuture<Void> release(Collection<Assignment> assignments) {
            return intake.release(assignments);
          }

          @Override
          public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
            assignments.forEach(each -> lost.putIfAbsent(each, System.nanoTime()));
            return intake.lose(assignments);
          }

          @Override
          public void blocked(@Nullable String reason) {
            intake.blocked(reason);
          }
        });
  }

  @Override
  public String name() {
    return transport.name();
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return transport.encode(address, key, event);
  }

  @Override
  public CloudEvent decode(Message message) {
    return transport.decode(message);
  }

  @Override
  public CloudEvent decode(Delivery delivery) {
    return transport.decode(delivery);
  }

  @Override
  public Sender sender(Duration timeout) {
    return transport.sender(timeout);
  }

  @Override
  public TopologyAdmin topology() {
    return transport.topology();
  }

  @Override
  public Browser browser() {
    return transport.browser();
  }

  @Override
  public Capabilities capabilities() {
    return transport.capabilities();
  }

  @Override
  public List<Setting<?>> settings() {
    return transport.settings();
  }

  @Override
  public void close() {
    transport.close();
  }
}
