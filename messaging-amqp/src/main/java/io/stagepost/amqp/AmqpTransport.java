package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import com.rabbitmq.client.amqp.Address;
import io.cloudevents.CloudEvent;
import io.stagepost.ConfigurationException;
import io.stagepost.ContentMode;
import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import io.stagepost.Topology;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Messaging over RabbitMQ (4.0 and later), by AMQP 1.0: a channel is an exchange, a subscription is
 * a set of quorum queues, over which its events are spread by their ordering keys.
 *
 * <pre>{@code
 * Messaging messaging = Messaging.over(AmqpTransport.to("amqp://user:password@localhost:5672"));
 * }</pre>
 *
 * <p>Events travel by the CloudEvents AMQP protocol binding 1.0.2, in binary mode unless {@link
 * Builder#contentMode(ContentMode)} says otherwise; both modes are read. A publish is complete once
 * all queues behind the exchange have it. RabbitMQ keeps an event for the subscriptions that are
 * declared when it is published, and for no others: start each of them once before, or name them by
 * {@link Builder#group(String, String...)}; a publish that nobody would get fails.
 *
 * <p>Thread-safe.
 */
public final class AmqpTransport implements Transport {
  private static final int PARTITIONS = 8;

  private static final OwnProcess PROCESS = new OwnProcess();

  private final ConnectionSettings settings;
  private final Layout layout;
  private final Topology topology;
  private final ContentMode contentMode;
  private final boolean partitionsSet;
  private final AmqpBinding binding;
  private final AmqpFailures failures;
  private final Connections connections;
  private final AmqpTopology admin;
  private final AmqpBrowser browser;
  private final OwnProcess process;

  private AmqpTransport(Builder builder, ConnectionSettings settings) {
    this.settings = settings;
    this.topology = builder.topology;
    this.contentMode = builder.contentMode;
    this.partitionsSet = builder.partitions != null;
    this.layout =
        new Layout(
            builder.partitions == null ? PARTITIONS : builder.partitions,
            Set.copyOf(builder.unkeyed),
            Map.copyOf(builder.groups),
            Map.copyOf(builder.kept));
    this.binding = new AmqpBinding(contentMode);
    this.failures = new AmqpFailures(settings.where());
    this.connections = new Connections(settings);
    this.admin = new AmqpTopology(topology, layout, connections, failures);
    this.browser = new AmqpBrowser(connections);
    this.process = builder.process;
  }

  /**
   * A transport with the safe defaults.
   *
   * @param uris where the broker is: {@code amqp://user:password@host:port/virtual-host}, or
   *     several of them for a cluster, of which any is taken that answers
   * @return not connected yet
   * @throws ConfigurationException if one is not understood
   */
  public static AmqpTransport to(String... uris) {
    return builder().uris(uris).build();
  }

  /**
   * A transport with settings of its own.
   *
   * @return a builder; {@link Builder#uris(String...)} is required
   */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return "amqp";
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return binding.encode(address, key, event);
  }

  @Override
  public CloudEvent decode(Message message) {
    return binding.decode(message);
  }

  @Override
  public Sender sender(Duration timeout) {
    return new AmqpSender(timeout, connections, admin, failures);
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    return AmqpReceiver.start(reception, intake, connections, admin, process);
  }

  @Override
  public TopologyAdmin topology() {
    return admin;
  }

  @Override
  public Browser browser() {
    return browser;
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.full()
        .without(
            Capability.KEEPS_EVENTS,
            "an event is for the subscriptions that are declared when it is published")
        .without(Capability.REPEATED_HEADERS, "application properties are a map")
        .without(Capability.NULL_BODY, "a message has a body")
        .without(Capability.LAG, "the broker tells what no member has received yet");
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> all = new ArrayList<>();
    all.add(new Setting<>("brokers", settings.where(), Layer.CODE));
    all.add(new Setting<>("user", settings.username(), Layer.CODE));
    all.add(
        new Setting<>(
            "content mode",
            contentMode,
            contentMode == ContentMode.BINARY ? Layer.DEFAULT : Layer.CODE));
    all.add(
        new Setting<>(
            "topology", topology, topology == Topology.AUTO_CREATE ? Layer.DEFAULT : Layer.CODE));
    all.add(
        new Setting<>(
            "partitions", layout.partitions(), partitionsSet ? Layer.CODE : Layer.DEFAULT));
    if (!layout.unkeyed().isEmpty()) {
      all.add(
          new Setting<>("unkeyed", String.join(", ", new TreeSet<>(layout.unkeyed())), Layer.CODE));
    }
    layout
        .groups()
        .forEach(
            (channel, groups) ->
                all.add(
                    new Setting<>(
                        "groups of " + channel,
                        String.join(", ", new TreeSet<>(groups)),
                        Layer.CODE)));
    layout
        .kept()
        .forEach(
            (channel, age) -> all.add(new Setting<>("keeps " + channel + " for", age, Layer.CODE)));
    all.add(new Setting<>("read ahead of each queue", Stay.READ_AHEAD, Layer.DEFAULT));
    return all;
  }

  @Override
  public void close() {
    admin.close();
    connections.close();
  }

  @Override
  public String toString() {
    return "amqp at " + settings.where();
  }

  /** Configures an {@link AmqpTransport}. Not thread-safe. */
  public static final class Builder {
    private final List<String> uris = new ArrayList<>();
    private final Set<String> unkeyed = new LinkedHashSet<>();
    private final Map<String, Set<String>> groups = new LinkedHashMap<>();
    private final Map<String, Duration> kept = new LinkedHashMap<>();
    private @Nullable Integer partitions;
    private Topology topology = Topology.AUTO_CREATE;
    private ContentMode contentMode = ContentMode.BINARY;
    private boolean plaintext;
    private OwnProcess process = PROCESS;

    private Builder() {}

    /**
     * Sets where the broker is.
     *
     * @param uris {@code amqp://user:password@host:port/virtual-host}; port 5672 and the virtual
     *     host {@code /} unless said otherwise. Of several any is taken that answers; user,
     *     password and virtual host are those of the first
     * @return this
     */
    public Builder uris(String... uris) {
      this.uris.clear();
      this.uris.addAll(List.of(uris));
      return this;
    }

    /** As if it were another process. */
    Builder process(OwnProcess other) {
      this.process = other;
      return this;
    }

    /**
     * Allows connections without TLS to other machines: whoever is on the way reads every event,
     * and the password. Without it, only brokers on this machine are connected to.
     *
     * @return this
     */
    public Builder allowPlaintext() {
      this.plaintext = true;
      return this;
    }

    /**
     * Sets what is done about what is missing at the broker.
     *
     * @param topology instead of {@link Topology#AUTO_CREATE}
     * @return this
     */
    public Builder topology(Topology topology) {
      this.topology = requireNonNull(topology, "topology");
      return this;
    }

    /**
     * Sets over how many queues a subscription's events are spread by their keys: as many members
     * can share it. All services that use a channel must agree, and to change it all queues are to
     * be drained first.
     *
     * @param partitions instead of 8; at least 1
     * @return this
     */
    public Builder partitions(int partitions) {
      this.partitions = partitions;
      return this;
    }

    /**
     * Names channels whose events need no order: a subscription has one queue there, of which any
     * member takes what comes next.
     *
     * @param channels their names
     * @return this
     */
    public Builder unkeyed(String... channels) {
      unkeyed.addAll(List.of(channels));
      return this;
    }

    /**
     * Names subscriptions of a channel that get its events from the first on: their queues are
     * declared before something is published there.
     *
     * @param channel the channel
     * @param subscriptions their names
     * @return this
     */
    public Builder group(String channel, String... subscriptions) {
      groups
          .computeIfAbsent(channel, unused -> new LinkedHashSet<>())
          .addAll(List.of(subscriptions));
      return this;
    }

    /**
     * Says that the events of a channel are kept in a stream as well, so that they can be browsed
     * whoever has settled them.
     *
     * @param channel the channel
     * @param age how long at least; the broker deletes in large pieces
     * @return this
     */
    public Builder keep(String channel, Duration age) {
      kept.put(channel, requireNonNull(age, "age"));
      return this;
    }

    /**
     * Sets how events are written. Whatever is set, both modes are read.
     *
     * @param mode instead of {@link ContentMode#BINARY}
     * @return this
     */
    public Builder contentMode(ContentMode mode) {
      this.contentMode = requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Builds it. Connects to nothing yet.
     *
     * @return the transport
     * @throws ConfigurationException naming all that is wrong
     */
    public AmqpTransport build() {
      List<String> problems = new ArrayList<>();
      List<Address> brokers = new ArrayList<>();
      String[] user = {"guest", "guest"};
      String virtualHost = "/";
      if (uris.isEmpty()) {
        problems.add(
            "SP-AMQP-009 It has no broker; call uris(\"amqp://user:password@host:5672\").");
      }
      for (String text : uris) {
        URI uri = parse(text);
        if (uri == null) {
          problems.add(
              "SP-AMQP-009 A broker's URI is not understood; write"
                  + " amqp://user:password@host:port/virtual-host.");
          continue;
        }
        if (brokers.isEmpty()) {
          if (uri.getRawUserInfo() != null) {
            String[] parts = uri.getRawUserInfo().split(":", 2);
            user[0] = decoded(parts[0]);
            user[1] = parts.length > 1 ? decoded(parts[1]) : "";
          }
          String path = uri.getRawPath();
          virtualHost = path == null || path.length() <= 1 ? "/" : decoded(path.substring(1));
        }
        if (!plaintext && !isHere(uri.getHost())) {
          problems.add(
              "SP-AMQP-034 The broker "
                  + uri.getHost()
                  + " is on another machine, and the connection would be neither encrypted nor"
                  + " authenticated; if that is meant, call allowPlaintext().");
        }
        brokers.add(new Address(uri.getHost(), uri.getPort() < 0 ? 5672 : uri.getPort()));
      }
      if (partitions != null && partitions < 1) {
        problems.add("SP-AMQP-009 partitions is " + partitions + "; it must be at least 1.");
      }
      if (!problems.isEmpty()) {
        throw new ConfigurationException("The AMQP transport", problems);
      }
      return new AmqpTransport(
          this, new ConnectionSettings(brokers, virtualHost, user[0], user[1]));
    }

    /** By its name alone: nobody is asked. */
    private static boolean isHere(String host) {
      return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    private static @Nullable URI parse(String text) {
      try {
        URI uri = URI.create(text.trim());
        return "amqp".equals(uri.getScheme()) && uri.getHost() != null ? uri : null;
      } catch (IllegalArgumentException unreadable) {
        return null;
      }
    }

    private static String decoded(String text) {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
  }
}
