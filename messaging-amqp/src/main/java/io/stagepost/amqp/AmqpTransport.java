package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

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
import io.stagepost.spi.Queues;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
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
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Transport");

  private static final OwnProcess PROCESS = new OwnProcess();

  private final ConnectionSettings settings;
  private final boolean plaintext;
  private final Layout layout;
  private final Topology topology;
  private final ContentMode contentMode;
  private final boolean partitionsSet;
  private final AmqpBinding binding;
  private final AmqpFailures failures;
  private final Connections connections;
  private final AmqpTopology admin;
  private final AmqpBrowser browser;
  private final AmqpQueues queues;
  private final OwnProcess process;

  private AmqpTransport(Builder builder, ConnectionSettings settings) {
    this.settings = settings;
    this.plaintext = builder.plan.plaintext;
    this.topology = builder.topology;
    this.contentMode = builder.contentMode;
    this.partitionsSet = builder.partitions != null;
    this.layout =
        new Layout(
            builder.partitions == null ? PARTITIONS : builder.partitions,
            Set.copyOf(builder.unkeyed),
            Map.copyOf(builder.groups),
            Map.copyOf(builder.kept),
            Map.copyOf(builder.streams),
            builder.deadLettersInQueues);
    this.binding = new AmqpBinding(contentMode);
    this.failures = new AmqpFailures(settings);
    this.connections = new Connections(settings);
    this.admin = new AmqpTopology(topology, layout, connections, failures);
    this.browser = new AmqpBrowser(connections);
    this.queues = new AmqpQueues(connections);
    this.process = builder.process;
  }

  /**
   * A transport with the safe defaults.
   *
   * @param uris where the broker is: {@code amqps://user:password@host:port/virtual-host}, or
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
    return AmqpReceiver.start(reception, intake, connections, admin, failures, process);
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
  public Queues queues() {
    return queues;
  }

  @Override
  public Capabilities capabilities() {
    Capabilities capabilities = Capabilities.full();
    if (layout.deadLettersInQueues()) {
      capabilities =
          capabilities.without(Capability.BROWSING, "dead letters lie in queues, by choice");
    }
    return capabilities
        .without(
            Capability.KEEPS_EVENTS,
            "an event is for the subscriptions that are declared when it is published")
        .without(Capability.REPEATED_HEADERS, "application properties are a map")
        .without(Capability.NULL_BODY, "a message has a body")
        .without(Capability.TRUNCATING, "a stream is cut by its retention alone")
        .without(Capability.LAG, "the broker tells what no member has received yet");
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> all = new ArrayList<>();
    all.add(new Setting<>("brokers", settings.where(), Layer.CODE));
    all.add(new Setting<>("user", settings.login().user(), Layer.CODE));
    all.add(
        new Setting<>(
            "SASL mechanism",
            settings.login().mechanism(),
            settings.login() instanceof Login.Password ? Layer.DEFAULT : Layer.CODE));
    all.add(
        new Setting<>(
            "plaintext beyond loopback",
            plaintext ? "allowed" : "refused",
            plaintext ? Layer.CODE : Layer.DEFAULT));
    Tls tls = settings.tls();
    if (tls == null) {
      all.add(new Setting<>("TLS", "off", Layer.CODE));
    } else {
      all.addAll(tls.settings());
    }
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
    all.add(
        new Setting<>(
            "keys keep their partition",
            "over a restart of the broker if its metadata is in Khepri (4.3; 4.0 with khepri_db),"
                + " not in Mnesia",
            Layer.DEFAULT));
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
    layout
        .streams()
        .forEach(
            (channel, start) ->
                all.add(new Setting<>("reads the stream " + channel + " from", start, Layer.CODE)));
    if (layout.deadLettersInQueues()) {
      all.add(new Setting<>("dead letters", "quorum queues", Layer.CODE));
    }
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
    private final ConnectionPlan plan = new ConnectionPlan();
    private final Set<String> unkeyed = new LinkedHashSet<>();
    private final Map<String, Set<String>> groups = new LinkedHashMap<>();
    private final Map<String, Duration> kept = new LinkedHashMap<>();
    private final Map<String, StreamStart> streams = new LinkedHashMap<>();
    private boolean deadLettersInQueues;
    private @Nullable Integer partitions;
    private Topology topology = Topology.AUTO_CREATE;
    private ContentMode contentMode = ContentMode.BINARY;
    private OwnProcess process = PROCESS;

    private Builder() {}

    /**
     * Sets where the broker is.
     *
     * @param uris {@code amqps://user:password@host:port/virtual-host}, or {@code amqp} for
     *     plaintext; port 5671 or 5672 and the virtual host {@code /} unless said otherwise. Of
     *     several any is taken that answers; user, password and virtual host are those of the first
     * @return this
     */
    public Builder uris(String... uris) {
      plan.uris = List.of(uris);
      return this;
    }

    /**
     * Sets whom to trust when a broker shows its certificate, instead of the JDK's authorities. The
     * file is looked at again whenever a connection begins.
     *
     * @param file certificates in PEM
     * @return this
     */
    public Builder trustedCertificates(Path file) {
      plan.trusted = new StoreFile(requireNonNull(file, "file"), null);
      return this;
    }

    /**
     * As {@link #trustedCertificates(Path)}, of a PKCS12 file.
     *
     * @param file its path
     * @param password its password
     * @return this
     */
    public Builder trustedCertificates(Path file, String password) {
      plan.trusted =
          new StoreFile(requireNonNull(file, "file"), requireNonNull(password, "password"));
      return this;
    }

    /**
     * Sets the certificate that is shown to brokers which ask for one (mutual TLS). The file is
     * looked at again whenever a connection begins, so that a renewed certificate is used from the
     * next connection on; write it in one step (beside, then rename). It is the login, too, only
     * with {@link #saslExternal()}.
     *
     * @param file private key ({@code PRIVATE KEY}, not encrypted) and certificates in PEM
     * @return this
     */
    public Builder clientCertificate(Path file) {
      plan.identity = new StoreFile(requireNonNull(file, "file"), null);
      return this;
    }

    /**
     * As {@link #clientCertificate(Path)}, of a PKCS12 file.
     *
     * @param file its path
     * @param password its password, and its key's
     * @return this
     */
    public Builder clientCertificate(Path file, String password) {
      plan.identity =
          new StoreFile(requireNonNull(file, "file"), requireNonNull(password, "password"));
      return this;
    }

    /**
     * Sets TLS as the program has made it, instead of by files. It is the program's to renew what
     * it holds.
     *
     * @param context used for every connection
     * @return this
     */
    public Builder sslContext(SSLContext context) {
      plan.sslContext = requireNonNull(context, "context");
      return this;
    }

    /**
     * Sets whether a broker's certificate must name the host that was connected to. Without it
     * whoever has any certificate that is trusted can pose as the broker; it is warned of once.
     *
     * @param verified instead of true
     * @return this
     */
    public Builder hostnameVerification(boolean verified) {
      plan.verifiesHost = verified;
      return this;
    }

    /**
     * Logs in by the client certificate (SASL EXTERNAL) instead of by user and password. The broker
     * needs its plugin {@code rabbitmq_auth_mechanism_ssl}.
     *
     * @return this
     */
    public Builder saslExternal() {
      plan.external = true;
      return this;
    }

    /**
     * Logs in by a bearer token that is obtained by OAuth 2 client credentials, instead of by user
     * and password; as below, without further parameters.
     *
     * @param tokenEndpoint as below
     * @param clientId as below
     * @param clientSecret as below
     * @return this
     */
    public Builder oauth2(String tokenEndpoint, String clientId, String clientSecret) {
      return oauth2(tokenEndpoint, clientId, clientSecret, Map.of());
    }

    /**
     * Logs in by a bearer token that is obtained by OAuth 2 client credentials, instead of by user
     * and password. Each connection obtains one of its own, and renews it when 80 % of its life are
     * over: with RabbitMQ 4.1 and later on the open connection. RabbitMQ 4.0 cuts a connection when
     * its token has expired, and another one is opened. The broker needs its plugin {@code
     * rabbitmq_auth_backend_oauth2}.
     *
     * @param tokenEndpoint {@code https://issuer/path}; its certificate must be trusted by the
     *     JDK's authorities ({@code javax.net.ssl.trustStore})
     * @param clientId who the client is at the issuer
     * @param clientSecret its secret
     * @param parameters what the issuer wants to know beside, such as {@code scope}
     * @return this
     */
    public Builder oauth2(
        String tokenEndpoint,
        String clientId,
        String clientSecret,
        Map<String, String> parameters) {
      plan.token =
          new Login.Token(
              requireNonNull(tokenEndpoint, "tokenEndpoint"),
              requireNonNull(clientId, "clientId"),
              requireNonNull(clientSecret, "clientSecret"),
              Map.copyOf(parameters));
      return this;
    }

    /** As if it were another process. */
    Builder process(OwnProcess other) {
      this.process = other;
      return this;
    }

    /**
     * Allows connections without TLS to other machines: whoever is on the way reads every event,
     * and the password. Without it, {@code amqp} URIs may only name this machine. The same goes for
     * a token issuer without TLS.
     *
     * @return this
     */
    public Builder allowPlaintext() {
      plan.plaintext = true;
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
     * @param partitions instead of 8; from 1 to 200, since a member attaches to all of them on one
     *     connection, which RabbitMQ allows 256 links
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
     * Says that a channel is read as a stream, of its own name: every member of every subscription
     * gets all its events, in the order of the stream, begins anew whenever it is started, and goes
     * on where it was when a connection is lost. For replays, and for views that are built in
     * memory. Settling leaves the stream as it is. The stream must be there, or be {@linkplain
     * #keep(String, Duration) kept}.
     *
     * @param channel the channel
     * @param start where to begin
     * @return this
     */
    public Builder readStream(String channel, StreamStart start) {
      streams.put(channel, requireNonNull(start, "start"));
      return this;
    }

    /**
     * Says that dead letters and parking lots are quorum queues, not streams: whoever consumes one
     * takes it, their number is exact, and nothing is deleted by age; but they cannot be read
     * without being consumed, so what must look at them first is refused at start.
     *
     * @return this
     */
    public Builder deadLettersInQueues() {
      this.deadLettersInQueues = true;
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
      ConnectionSettings settings = plan.settings(problems);
      if (partitions != null && (partitions < 1 || partitions > Layout.MOST_PARTITIONS)) {
        problems.add(
            "SP-AMQP-009 partitions is "
                + partitions
                + "; it must be from 1 to "
                + Layout.MOST_PARTITIONS
                + ".");
      }
      if (!problems.isEmpty()) {
        throw new ConfigurationException("The AMQP transport", problems);
      }
      if (!plan.verifiesHost) {
        LOG.log(
            Level.WARNING,
            () ->
                "SP-AMQP-041 Host names of brokers are not verified: whoever has any certificate"
                    + " that this client trusts can pose as the broker at "
                    + settings.where()
                    + ". Let the brokers' certificates name their hosts, and leave"
                    + " hostnameVerification(...) alone.");
      }
      return new AmqpTransport(this, settings);
    }
  }
}
