package io.stagepost.kafka;

import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The properties of the Kafka clients: the user's, ours, and which of the user's are refused
 * because a promise of the library hangs on ours. Immutable.
 */
final class ClientProperties {
  /** Blocking calls to the broker end after this, unless the user says otherwise. */
  static final Duration API_TIMEOUT = Duration.ofSeconds(15);

  /**
   * All that a fetch has brought is taken over by one poll, and so the next fetch asks for all
   * partitions again: one that still has something in the client would be left out, and nobody
   * would ask for it while the others have nothing.
   */
  static final int POLL_RECORDS = 10_000;

  /**
   * The system sizes a connection's buffers as its round trips need. Kafka's own 64 KiB to receive
   * and 128 KiB to send are all that can be under way, and each read takes no more of them.
   */
  private static final int AS_THE_SYSTEM_DOES = -1;

  static final String HIDDEN = "(hidden)";

  private static final String PROTOCOL = CommonClientConfigs.SECURITY_PROTOCOL_CONFIG;
  private static final String HOST_CHECK = SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG;

  /** This machine, as one writes it: names are not resolved, since the answer may change. */
  private static final Pattern LOOPBACK =
      Pattern.compile(
          "(?:\\w+://)?(?:localhost|127(?:\\.\\d{1,3}){3}|\\[?(?:0:0:0:0:0:0:0|:):1]?):\\d+",
          Pattern.CASE_INSENSITIVE);

  /** User and password in a URL. */
  private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/@]*(?=@)");

  private static final ConfigDef PRODUCER = ProducerConfig.configDef();
  private static final ConfigDef CONSUMER = ConsumerConfig.configDef();
  private static final ConfigDef ADMIN = AdminClientConfig.configDef();

  /** Properties of which only these values are let through, and why. */
  private record Rule(Set<String> allowed, String why) {}

  /**
   * Kafka's 16 KiB are full after a dozen events, and each batch costs both sides; see
   * docs/performance.md. No event waits for a fuller one: linger is what it was. The producer's 32
   * MiB are room for 512 partitions at once.
   */
  private static final int BATCH_BYTES = 64 * 1024;

  private static final Map<String, Rule> RULES = new LinkedHashMap<>();

  static {
    String bytes = "the library hands bytes to the client and takes bytes from it";
    only("bootstrap.servers", "it is given by bootstrapServers(...)");
    only("acks", "a publish completes once all in-sync replicas have the event (D01)", "all", "-1");
    only("enable.idempotence", "without it a retry duplicates and reorders events", "true");
    only("transactional.id", "events are sent one by one, not in Kafka transactions");
    only("partitioner.ignore.keys", "a key needs one partition to stay in order (D04)", "false");
    only(
        "delivery.timeout.ms",
        "it is the publish timeout, set by Messaging.builder(...).publishTimeout(...)");
    only("key.serializer", bytes);
    only("value.serializer", bytes);
    only("key.deserializer", bytes);
    only("value.deserializer", bytes);
    only("group.id", "it is the subscription's name");
    only("enable.auto.commit", "only settled events may be committed (D03)", "false");
    only("allow.auto.create.topics", "topics are provisioned, see Topology", "false");
  }

  private static void only(String name, String why, String... allowed) {
    RULES.put(name, new Rule(Set.of(allowed), why));
  }

  private final String bootstrapServers;
  private final Map<String, String> common;
  private final Map<String, String> producer;
  private final Map<String, String> consumer;
  private final boolean plaintextAllowed;

  ClientProperties(
      String bootstrapServers,
      Map<String, String> common,
      Map<String, String> producer,
      Map<String, String> consumer,
      boolean plaintextAllowed) {
    this.bootstrapServers = bootstrapServers;
    this.common = new TreeMap<>(common);
    this.producer = new TreeMap<>(producer);
    this.consumer = new TreeMap<>(consumer);
    this.plaintextAllowed = plaintextAllowed;
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /** What is wrong with the user's properties, each with code and remedy. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (Map<String, String> given : List.of(common, producer, consumer)) {
      given.forEach(
          (name, value) -> {
            String malformed = malformed(name, value);
            if (malformed != null) {
              problems.add(malformed);
            }
            Rule rule = RULES.get(name);
            if (rule != null && !rule.allowed.contains(value.toLowerCase(Locale.ROOT).trim())) {
              problems.add(
                  "SP-KAFKA-001 The property "
                      + name
                      + " is set to \""
                      + shown(name, value)
                      + "\" and must be left out"
                      + (rule.allowed.isEmpty()
                          ? ""
                          : " or be " + String.join(" or ", rule.allowed))
                      + ": "
                      + rule.why
                      + ".");
            }
          });
    }
    if (!plaintextAllowed) {
      plaintext(problems);
    }
    return problems;
  }

  /** Whoever is on the way reads and changes what travels unencrypted, passwords included. */
  private void plaintext(List<String> problems) {
    Set<String> plain = new TreeSet<>();
    for (Map<String, String> client : clients()) {
      if (!isEncrypted(client)) {
        plain.add(client.getOrDefault(PROTOCOL, CommonClientConfigs.DEFAULT_SECURITY_PROTOCOL));
      }
    }
    List<String> beyond = new ArrayList<>();
    for (String server : bootstrapServers.split(",", -1)) {
      if (!server.isBlank() && !LOOPBACK.matcher(server.trim()).matches()) {
        beyond.add(server.trim());
      }
    }
    if (!plain.isEmpty() && !beyond.isEmpty()) {
      problems.add(
          "SP-KAFKA-040 The property security.protocol is "
              + String.join(" and ", plain)
              + " (PLAINTEXT unless set), and "
              + String.join(", ", beyond)
              + " is not this machine: events and passwords would travel unencrypted. Set it to"
              + " SSL or SASL_SSL, or choose plaintext: KafkaTransport.builder().allowPlaintext().");
    }
  }

  /** What is not wrong, but unsafe, and was chosen; each with its code. */
  List<String> warnings() {
    if (clients().stream().anyMatch(ClientProperties::skipsHostCheck)) {
      return List.of(
          "SP-KAFKA-041 The property "
              + HOST_CHECK
              + " is empty: whoever has any certificate that this client trusts can pose as a broker"
              + " of "
              + bootstrapServers
              + ". Leave it out, and let the brokers' certificates name their hosts.");
    }
    return List.of();
  }

  /** What is set for producers, consumers and admin clients. */
  private List<Map<String, String>> clients() {
    Map<String, String> producing = new TreeMap<>(common);
    producing.putAll(producer);
    Map<String, String> consuming = new TreeMap<>(common);
    consuming.putAll(consumer);
    return List.of(producing, consuming, common);
  }

  private static boolean isEncrypted(Map<String, ?> client) {
    return String.valueOf(client.get(PROTOCOL)).trim().toUpperCase(Locale.ROOT).endsWith("SSL");
  }

  private static boolean skipsHostCheck(Map<String, ?> client) {
    return isEncrypted(client)
        && client.get(HOST_CHECK) instanceof String algorithm
        && algorithm.isBlank();
  }

  /** What Kafka says of a value that it cannot read; null if it can. */
  private static @Nullable String malformed(String name, String value) {
    if (name.equals(SaslConfigs.SASL_JAAS_CONFIG) && !isJaas(value)) {
      return "SP-KAFKA-002 The property sasl.jaas.config is set to \""
          + HIDDEN
          + "\", which Kafka cannot read or does not allow. Give one login module: CLASS required"
          + " name=\"value\" ...; with values in double quotes and a semicolon at the end.";
    }
    for (ConfigDef client : List.of(PRODUCER, CONSUMER, ADMIN)) {
      ConfigDef.ConfigKey key = client.configKeys().get(name);
      if (key != null) {
        if (key.type != ConfigDef.Type.PASSWORD && USER_INFO.matcher(value).find()) {
          return "SP-KAFKA-045 The property "
              + name
              + " holds a user or a password in its URL, which Kafka logs and does not use. Leave it"
              + " out; what a token issuer is asked with stands in sasl.oauthbearer.client.credentials.*"
              + " or sasl.jaas.config.";
        }
        try {
          Object parsed = ConfigDef.parseType(name, value, key.type);
          if (key.validator != null) {
            key.validator.ensureValid(name, parsed);
          }
        } catch (ConfigException unreadable) {
          return "SP-KAFKA-002 The property "
              + name
              + " is set to \""
              + shown(name, value)
              + "\", which Kafka does not accept"
              + (shown(name, value).equals(value) ? ": " + unreadable.getMessage() : "")
              + ". Correct it.";
        }
      }
    }
    return null;
  }

  /** Asked for here, since Kafka would tell with a piece of the value: of a password, perhaps. */
  private static boolean isJaas(String value) {
    try {
      JaasContext.loadClientContext(Map.of(SaslConfigs.SASL_JAAS_CONFIG, new Password(value)));
      return true;
    } catch (RuntimeException malformed) {
      return false;
    }
  }

  // ---- for each client -------------------------------------------------------------------------

  Map<String, Object> forProducer(Duration timeout) {
    Map<String, Object> properties = given(PRODUCER, producer);
    long all = timeout.toMillis();
    // Kafka wants linger + request <= delivery; half of it each leaves time for one more try.
    properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, Math.min(5, all / 2));
    properties.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    properties.putIfAbsent(ProducerConfig.SEND_BUFFER_CONFIG, AS_THE_SYSTEM_DOES);
    properties.putIfAbsent(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) Math.min(15_000, Math.max(1, all / 2)));
    properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.max(1, all / 2));
    properties.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Math.min(Integer.MAX_VALUE, all));
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    return properties;
  }

  Map<String, Object> forReceiver(String group) {
    Map<String, Object> properties = reading();
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
    if (isClassic()) {
      properties.putIfAbsent(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          CooperativeStickyAssignor.class.getName());
    }
    return properties;
  }

  /** A consumer outside of any group. */
  Map<String, Object> forBrowser() {
    Map<String, Object> properties = reading();
    properties.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    properties.remove(ConsumerConfig.GROUP_PROTOCOL_CONFIG);
    properties.remove(ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG);
    return properties;
  }

  private Map<String, Object> reading() {
    Map<String, Object> properties = given(CONSUMER, consumer);
    properties.putIfAbsent(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.putIfAbsent(ConsumerConfig.RECEIVE_BUFFER_CONFIG, AS_THE_SYSTEM_DOES);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    return properties;
  }

  Map<String, Object> forAdmin() {
    Map<String, Object> properties = given(ADMIN, Map.of());
    int timeout = (int) apiTimeout().toMillis();
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
    // Kafka refuses a request timeout above the one of the call that makes the request.
    properties.putIfAbsent(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
        Math.min(timeout, (int) API_TIMEOUT.toMillis()));
    return properties;
  }

  /** How long a blocking call to the broker may take. */
  Duration apiTimeout() {
    return millis(common.get("default.api.timeout.ms"), API_TIMEOUT);
  }

  /** How long a consumer may go without polling before the group takes its partitions away. */
  Duration maxPollInterval() {
    String own = consumer.get("max.poll.interval.ms");
    return millis(own == null ? common.get("max.poll.interval.ms") : own, Duration.ofMinutes(5));
  }

  private static Duration millis(@Nullable String value, Duration otherwise) {
    return value == null ? otherwise : Duration.ofMillis(Long.parseLong(value.trim()));
  }

  private boolean isClassic() {
    String own = consumer.get(ConsumerConfig.GROUP_PROTOCOL_CONFIG);
    String protocol = own == null ? common.get(ConsumerConfig.GROUP_PROTOCOL_CONFIG) : own;
    return protocol == null || GroupProtocol.CLASSIC.name().equalsIgnoreCase(protocol);
  }

  /** The user's properties that this client knows, those that no client knows, and its own. */
  private Map<String, Object> given(ConfigDef client, Map<String, String> own) {
    Map<String, Object> properties = new HashMap<>();
    common.forEach(
        (name, value) -> {
          if (client.names().contains(name) || !isKafkas(name)) {
            properties.put(name, value);
          }
        });
    properties.putAll(own);
    properties.put("bootstrap.servers", bootstrapServers);
    if (isEncrypted(properties)) {
      properties.putIfAbsent(
          SslConfigs.SSL_ENGINE_FACTORY_CLASS_CONFIG, ReloadingSslEngineFactory.class);
    }
    return properties;
  }

  // ---- for people ------------------------------------------------------------------------------

  List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(new Setting<>("bootstrap.servers", bootstrapServers, Layer.CODE));
    Map<String, String> all = new TreeMap<>(consumer);
    all.putAll(producer);
    all.putAll(common);
    ours(all, settings, PROTOCOL, CommonClientConfigs.DEFAULT_SECURITY_PROTOCOL);
    settings.add(
        new Setting<>(
            "plaintext beyond loopback",
            plaintextAllowed ? "allowed" : "refused",
            plaintextAllowed ? Layer.CODE : Layer.DEFAULT));
    if (clients().stream().anyMatch(ClientProperties::isEncrypted)) {
      ours(all, settings, HOST_CHECK, SslConfigs.DEFAULT_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM);
      ours(
          all,
          settings,
          SslConfigs.SSL_ENGINE_FACTORY_CLASS_CONFIG,
          ReloadingSslEngineFactory.class.getName());
    }
    ours(all, settings, "acks", "all");
    ours(all, settings, "enable.idempotence", "true");
    ours(all, settings, "enable.auto.commit", "false");
    ours(all, settings, "auto.offset.reset", "earliest");
    ours(all, settings, "isolation.level", "read_committed");
    ours(all, settings, "max.poll.records", Integer.toString(POLL_RECORDS));
    if (isClassic()) {
      ours(all, settings, "partition.assignment.strategy", "cooperative-sticky");
    }
    if (!all.containsKey("default.api.timeout.ms")) {
      settings.add(
          new Setting<>("admin default.api.timeout.ms", API_TIMEOUT.toMillis(), Layer.DEFAULT));
    }
    add(settings, "", common);
    add(settings, "producer ", producer);
    add(settings, "consumer ", consumer);
    return settings;
  }

  private static void ours(
      Map<String, String> users, List<Setting<?>> settings, String name, String value) {
    if (!users.containsKey(name)) {
      settings.add(new Setting<>(name, value, Layer.DEFAULT));
    }
  }

  private static void add(List<Setting<?>> settings, String of, Map<String, String> given) {
    given.forEach(
        (name, value) -> settings.add(new Setting<>(of + name, shown(name, value), Layer.CODE)));
  }

  /**
   * A value as people may see it. Hidden are Kafka's own secrets, what is named like one, and every
   * property that Kafka does not know: a plug-in's, so nobody can tell whether it is a secret.
   */
  private static String shown(String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    boolean secret =
        !isKafkas(name)
            || isPassword(name)
            || lower.contains("password")
            || lower.contains("secret")
            || lower.contains("jaas")
            || lower.contains("token")
            || lower.contains("credential")
            || lower.contains("keystore.key");
    if (secret) {
      return HIDDEN;
    }
    if (name.equals(HOST_CHECK) && value.isBlank()) {
      return "off";
    }
    return USER_INFO.matcher(value).replaceAll(HIDDEN);
  }

  private static boolean isKafkas(String name) {
    return PRODUCER.names().contains(name)
        || CONSUMER.names().contains(name)
        || ADMIN.names().contains(name);
  }

  private static boolean isPassword(String name) {
    for (ConfigDef client : List.of(PRODUCER, CONSUMER, ADMIN)) {
      ConfigDef.ConfigKey key = client.configKeys().get(name);
      if (key != null && key.type == ConfigDef.Type.PASSWORD) {
        return true;
      }
    }
    return false;
  }
}
