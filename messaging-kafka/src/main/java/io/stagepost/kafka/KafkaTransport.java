package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.ConfigurationException;
import io.stagepost.ContentMode;
import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import io.stagepost.Topology;
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
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Messaging over Kafka (brokers 3.0 and later): a channel is a topic, an ordering key is a record's
 * key, a subscription is a consumer group.
 *
 * <pre>{@code
 * Messaging messaging = Messaging.over(KafkaTransport.to("localhost:9092"));
 * }</pre>
 *
 * <p>Events travel by the CloudEvents Kafka protocol binding 1.0.2, in binary mode unless {@link
 * Builder#contentMode(ContentMode)} says otherwise; both modes are read, and a record that holds a
 * batch of events is taken apart. A publish is complete once all in-sync replicas have it
 * (acks=all, idempotent producer). A new subscription begins at the earliest event. Topics that are
 * missing are created unless {@link Builder#topology(Topology)} says otherwise; the broker's own
 * automatic creation is never relied on.
 *
 * <p>Thread-safe.
 */
public final class KafkaTransport implements Transport {
  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Transport");

  /**
   * Its one permit is had by who handles suspects alone: nothing else begins then in the process.
   */
  private static final Semaphore PROCESS = new Semaphore(1);

  private final ClientProperties properties;
  private final Topology topology;
  private final Optional<Integer> partitions;
  private final Optional<Short> replicationFactor;
  private final Set<String> compacted;
  private final KafkaFailures failures;
  private final Semaphore process;
  private final ContentMode contentMode;
  private final Map<String, Mapping> mappings;
  private final KafkaBinding binding;
  private final SharedAdmin client;
  private final Topics topics;
  private final KafkaTopology admin;
  private final KafkaBrowser browser;

  private KafkaTransport(Builder builder, ClientProperties properties) {
    this.properties = properties;
    this.process = builder.process;
    this.topology = builder.topology;
    this.partitions = Optional.ofNullable(builder.partitions);
    this.replicationFactor = Optional.ofNullable(builder.replicationFactor);
    this.contentMode = builder.contentMode;
    this.mappings = new LinkedHashMap<>(builder.mappings);
    this.binding = new KafkaBinding(contentMode, mappings);
    this.failures = new KafkaFailures(properties.bootstrapServers());
    this.client = new SharedAdmin(properties, failures);
    this.topics = new Topics(topology, partitions, replicationFactor, client, failures);
    this.compacted = Set.copyOf(builder.compacted);
    TopicCheck check =
        new TopicCheck(
            partitions,
            replicationFactor,
            compacted,
            KafkaSender.largestRequest(properties),
            properties.bootstrapServers());
    this.admin = new KafkaTopology(topology, topics, check, client, failures, properties);
    this.browser = new KafkaBrowser(admin, admin.reader(), failures);
  }

  /**
   * A transport with the safe defaults.
   *
   * @param bootstrapServers one or more {@code host:port}, separated by commas
   * @return not connected yet
   * @throws ConfigurationException if that is empty, or names another machine than this: that wants
   *     TLS, see {@link Builder#allowPlaintext()}
   */
  public static KafkaTransport to(String bootstrapServers) {
    return builder().bootstrapServers(bootstrapServers).build();
  }

  /**
   * A transport with settings of its own.
   *
   * @return a builder; {@link Builder#bootstrapServers(String)} is required
   */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return "kafka";
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
  public CloudEvent decode(Delivery delivery) {
    return binding.decode(delivery);
  }

  @Override
  public Sender sender(Duration timeout) {
    return new KafkaSender(timeout, properties, topics, failures);
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    return KafkaReceiver.start(reception, intake, properties, failures, process);
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
    return Capabilities.full();
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(properties.settings());
    settings.add(
        new Setting<>(
            "content mode",
            contentMode,
            contentMode == ContentMode.BINARY ? Layer.DEFAULT : Layer.CODE));
    mappings.forEach(
        (topic, mapping) ->
            settings.add(new Setting<>("mapping of " + topic, mapping, Layer.CODE)));
    settings.add(
        new Setting<>(
            "topology", topology, topology == Topology.AUTO_CREATE ? Layer.DEFAULT : Layer.CODE));
    settings.add(created("partitions of new topics", partitions));
    settings.add(created("replicas of new topics", replicationFactor));
    if (!compacted.isEmpty()) {
      settings.add(
          new Setting<>("compacted", String.join(", ", new TreeSet<>(compacted)), Layer.CODE));
    }
    settings.add(new Setting<>("unsettled span", Flow.SPAN, Layer.DEFAULT));
    settings.add(new Setting<>("commit interval", Membership.COMMIT_INTERVAL, Layer.DEFAULT));
    return settings;
  }

  private static Setting<?> created(String name, Optional<?> value) {
    return value.isPresent()
        ? new Setting<>(name, value.get(), Layer.CODE)
        : new Setting<>(name, "the broker's", Layer.DEFAULT);
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return "kafka at " + properties.bootstrapServers();
  }

  /** Configures a {@link KafkaTransport}. Not thread-safe. */
  public static final class Builder {
    private final Map<String, String> common = new LinkedHashMap<>();
    private final Map<String, String> producer = new LinkedHashMap<>();
    private final Map<String, String> consumer = new LinkedHashMap<>();
    private final Set<String> compacted = new HashSet<>();
    private String bootstrapServers = "";
    private Semaphore process = PROCESS;
    private Topology topology = Topology.AUTO_CREATE;
    private @Nullable Integer partitions;
    private @Nullable Short replicationFactor;
    private ContentMode contentMode = ContentMode.BINARY;
    private final Map<String, Mapping> mappings = new LinkedHashMap<>();
    private final List<String> mappedTwice = new ArrayList<>();
    private boolean plaintextAllowed;

    private Builder() {}

    /** For tests, in which one process stands for several: what stands for this one. */
    Builder process(Semaphore alone) {
      this.process = alone;
      return this;
    }

    /**
     * Sets where the brokers are.
     *
     * @param bootstrapServers one or more {@code host:port}, separated by commas
     * @return this
     */
    public Builder bootstrapServers(String bootstrapServers) {
      this.bootstrapServers = requireNonNull(bootstrapServers, "bootstrapServers");
      return this;
    }

    /**
     * Sets a property of the Kafka clients, for each of them that knows it: {@code
     * security.protocol}, for example. A property that no client knows goes to all of them, for
     * plug-ins.
     *
     * @param name Kafka's name of the property
     * @param value as in a properties file
     * @return this
     * @see <a href="https://kafka.apache.org/documentation/#configuration">Kafka configuration</a>
     */
    public Builder property(String name, String value) {
      common.put(name, requireNonNull(value, name));
      return this;
    }

    /**
     * Sets a property of the producers only.
     *
     * @param name Kafka's name of the property
     * @param value as in a properties file; goes before {@link #property(String, String)}
     * @return this
     */
    public Builder producerProperty(String name, String value) {
      producer.put(name, requireNonNull(value, name));
      return this;
    }

    /**
     * Sets a property of the consumers only.
     *
     * @param name Kafka's name of the property
     * @param value as in a properties file; goes before {@link #property(String, String)}
     * @return this
     */
    public Builder consumerProperty(String name, String value) {
      consumer.put(name, requireNonNull(value, name));
      return this;
    }

    /**
     * Lets events travel unencrypted to brokers on other machines, where whoever is on the way can
     * read and change them, and the passwords of {@code SASL_PLAINTEXT}. Without it such an address
     * ({@code localhost}, {@code 127.*} and {@code ::1} are this machine; names are not resolved)
     * wants {@code security.protocol} to be {@code SSL} or {@code SASL_SSL}.
     *
     * @return this
     */
    public Builder allowPlaintext() {
      this.plaintextAllowed = true;
      return this;
    }

    /**
     * Sets what is done about missing topics.
     *
     * @param topology instead of {@link Topology#AUTO_CREATE}
     * @return this
     */
    public Builder topology(Topology topology) {
      this.topology = requireNonNull(topology, "topology");
      return this;
    }

    /**
     * Sets how many partitions a topic gets that is created: as many members of a subscription can
     * share it. One that exists and has another number is left alone, and is a warning at start.
     *
     * @param partitions instead of the broker's {@code num.partitions}; at least 1
     * @return this
     */
    public Builder partitions(int partitions) {
      this.partitions = partitions;
      return this;
    }

    /**
     * Sets how many replicas a topic gets that is created. One that exists and has another number
     * is left alone, and is a warning at start.
     *
     * @param replicas instead of the broker's {@code default.replication.factor}; at least 1
     * @return this
     */
    public Builder replicationFactor(int replicas) {
      this.replicationFactor = (short) Math.min(replicas, Short.MAX_VALUE);
      return this;
    }

    /**
     * Says that topics are meant to be compacted, so that of a key's events only the last stays:
     * without that, such a channel or dead-letter topic is a problem at start.
     *
     * @param topics their names
     * @return this
     */
    public Builder compacted(String... topics) {
      compacted.addAll(List.of(topics));
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
     * Says what events the plain records of a topic are, those that some other program wrote and
     * that are no CloudEvents. Without it they become dead letters. Records of the topic that are
     * CloudEvents are left as they are.
     *
     * @param topic the topic's name
     * @param mapping what a record means; one for each topic
     * @return this
     */
    public Builder mapping(String topic, Mapping mapping) {
      requireNonNull(topic, "topic");
      if (mappings.putIfAbsent(topic, requireNonNull(mapping, "mapping")) != null) {
        mappedTwice.add(topic);
      }
      return this;
    }

    /**
     * Builds it. Connects to nothing yet.
     *
     * @return the transport
     * @throws ConfigurationException naming all that is wrong, such as properties that the
     *     library's promises hang on
     */
    public KafkaTransport build() {
      ClientProperties properties =
          new ClientProperties(
              bootstrapServers.trim(), common, producer, consumer, plaintextAllowed);
      List<String> problems = new ArrayList<>();
      if (bootstrapServers.isBlank()) {
        problems.add(
            "SP-KAFKA-009 It has no broker; call bootstrapServers(\"host:port\") with at least one.");
      }
      atLeastOne(problems, "partitions", partitions);
      atLeastOne(problems, "replicationFactor", replicationFactor);
      for (String topic : mappedTwice) {
        problems.add("SP-KAFKA-029 The topic " + topic + " has two mappings; give one.");
      }
      problems.addAll(properties.problems());
      if (!problems.isEmpty()) {
        throw new ConfigurationException("The Kafka transport", problems);
      }
      properties.warnings().forEach(warning -> LOG.log(Level.WARNING, warning));
      return new KafkaTransport(this, properties);
    }

    private static void atLeastOne(List<String> problems, String name, @Nullable Number value) {
      if (value != null && value.intValue() < 1) {
        problems.add("SP-KAFKA-014 " + name + " is " + value + "; it must be at least 1.");
      }
    }
  }
}
