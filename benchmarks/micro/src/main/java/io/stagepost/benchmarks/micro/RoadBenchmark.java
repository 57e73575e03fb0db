package io.stagepost.benchmarks.micro;

import io.stagepost.Event;
import io.stagepost.Messaging;
import io.stagepost.benchmarks.micro.Events.Measured;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** From a payload to what lies on the wire, and back. No broker is asked. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoadBenchmark {
  private Transport transport;
  private Messaging messaging;
  private Message message;

  /** JMH makes one. */
  @SuppressWarnings("NullAway.Init") // setUp does it
  public RoadBenchmark() {}

  /** Opens what is never connected: nothing listens there, and nobody tries for an hour. */
  @Setup
  public void setUp() {
    transport =
        KafkaTransport.builder()
            .bootstrapServers("127.0.0.1:1")
            .property("reconnect.backoff.ms", "3600000")
            .property("reconnect.backoff.max.ms", "3600000")
            .build();
    messaging = Messaging.over(transport);
    message = messaging.message(Events.TYPE.event(Events.PAYLOAD));
  }

  /** Closes it. */
  @TearDown
  public void tearDown() {
    messaging.close();
  }

  /**
   * Event, attributes, key and headers.
   *
   * @return a complete message
   */
  @Benchmark
  public Message encode() {
    return messaging.message(Events.TYPE.event(Events.PAYLOAD));
  }

  /**
   * CloudEvent and typed event.
   *
   * @return the event that a handler gets
   */
  @Benchmark
  public Event<Measured> decode() {
    return Events.TYPE.event(transport.decode(message));
  }
}
