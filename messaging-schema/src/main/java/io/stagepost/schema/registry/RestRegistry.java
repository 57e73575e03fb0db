package io.stagepost.schema.registry;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A registry with Confluent's REST API (version 1): Confluent's own from 5.5, Apicurio's under
 * {@code /apis/ccompat/v7}, Karapace, Redpanda.
 *
 * <pre>{@code
 * SchemaRegistry registry =
 *     RestRegistry.builder()
 *         .urls("https://registry-1.example.com", "https://registry-2.example.com")
 *         .basicAuth("orders", password)
 *         .build();
 * }</pre>
 *
 * <p><b>Tried again</b>, within {@link Builder#timeout}: I/O errors, 408, 429 and 5xx; at the next
 * URL at once, and once every URL has failed after a pause that is drawn from 0 to 100 ms, doubling
 * to 2 s, or as long as {@code Retry-After} says. The URL that answered is asked first from then
 * on. After the time is over it is a {@link MessagingException}, and worth another try; so are 401
 * and 403, since credentials get mended, and what is no answer of a registry, such as a proxy's
 * page. <b>Final</b>: the registry's errors 404xx, and a schema of a format that is none of ours
 * ({@link SchemaNotFoundException}); its errors 400, 409, 413 and 422 ({@link
 * SchemaRefusedException}).
 *
 * <p><b>Remembered</b>, in memory, with a bound: what ids, GUIDs and versions mean, and under which
 * version a schema is registered, for good; {@link #latest} for a while, and longer while the
 * registry does not answer; what was missing for a moment. A question that is being asked is not
 * asked twice at a time. Beyond 100 unknown ids, GUIDs and versions it looks for 10 a second and
 * has the others wait.
 *
 * <p>A thread that asks waits at most for the timeout; it may be interrupted. No thread of ours
 * runs while nobody asks, but one that the JDK's HTTP client has. Redirects are not followed.
 * Proxies are those of the JVM ({@code https.proxyHost} and its like) unless set; one that demands
 * a password does not work.
 *
 * <p>Thread-safe.
 */
public final class RestRegistry implements SchemaRegistry {
  private static final Duration NO_GUIDS_FOR = Duration.ofMinutes(10);

  private final RestClient client;
  private final List<Setting<?>> settings;
  private final String context;
  private final Cache<Integer, Schema> byId;
  private final Cache<UUID, Schema> byGuid;
  private final Cache<String, RegisteredSchema> latest;
  private final Cache<Version, RegisteredSchema> versions;
  private final Cache<Lookup, RegisteredSchema> lookups;
  private final Cache<Lookup, RegisteredSchema> registrations;
  private final UnknownIds unknownIds = new UnknownIds();

  /** Until when a registry that knows no GUIDs is not asked for one; {@link System#nanoTime}. */
  private volatile long noGuidsUntil = System.nanoTime();

  private RestRegistry(Builder settings, List<URI> urls) {
    this.context = settings.context;
    this.settings = settings.settings();
    this.client =
        new RestClient(
            urls,
            settings.credentials,
            Map.copyOf(settings.headers),
            settings.timeout,
            settings.requestTimeout,
            settings.tls,
            settings.proxy);
    this.byId = cache(settings, Cache.FOREVER);
    this.byGuid = cache(settings, Cache.FOREVER);
    this.versions = cache(settings, Cache.FOREVER);
    this.lookups = cache(settings, Cache.FOREVER);
    this.registrations = cache(settings, Cache.FOREVER);
    this.latest = cache(settings, settings.latestFor);
  }

  private static <K, V> Cache<K, V> cache(Builder settings, Duration kept) {
    return new Cache<>(settings.cacheSize, kept, settings.missingFor, settings.timeout);
  }

  /**
   * A registry with the defaults, and without credentials.
   *
   * @param urls where its servers are, as in {@link Builder#urls}
   * @return not connected yet
   * @throws ConfigurationException if an address is none, or is plain HTTP to another machine
   */
  public static RestRegistry at(String... urls) {
    return builder().urls(urls).build();
  }

  /**
   * A registry with settings of its own.
   *
   * @return a builder; {@link Builder#urls} is required
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The settings in force, and who set them.
   *
   * @return those that have a default
   */
  public List<Setting<?>> settings() {
    return settings;
  }

  @Override
  public Schema byId(int id) {
    String what = "id " + id + (context.isEmpty() ? "" : " in the context " + context);
    String query = context.isEmpty() ? "" : "?subject=" + encode(":" + context + ":");
    return byId.get(
        id,
        () ->
            unknownIds.count(
                () -> RestAnswers.schema(ask("GET", "/schemas/ids/" + id + query, null, what))));
  }

  @Override
  public Schema byGuid(UUID guid) {
    return byGuid.get(guid, () -> unknownIds.count(() -> askByGuid(guid)));
  }

  private Schema askByGuid(UUID guid) {
    if (System.nanoTime() - noGuidsUntil >= 0) {
      RestClient.Answer answer = client.call("GET", "/schemas/guids/" + guid, null);
      boolean isNoSuchPath =
          (answer.status() == 404 || answer.status() == 405)
              && RestAnswers.code(answer) / 100 != 404;
      if (!isNoSuchPath) {
        return RestAnswers.schema(judge(answer, "GUID " + guid));
      }
      // No registry at all would answer the same: a path that every registry has tells.
      RestAnswers.array(ask("GET", "/schemas/types", null, "types of schemas"));
      noGuidsUntil = System.nanoTime() + NO_GUIDS_FOR.toNanos();
    }
    throw new SchemaNotFoundException(
        "SP-SCHEMA-308",
        "The schema registry at "
            + client
            + " knows no GUIDs, so it cannot give the schema of "
            + guid
            + ". Use a registry that does (Confluent's from 8.0), or let the publisher write ids.");
  }

  @Override
  public RegisteredSchema latest(String subject) {
    return latest.get(subject, () -> askForVersion(subject, "latest"));
  }

  @Override
  public RegisteredSchema version(String subject, int version) {
    if (version < 1) {
      throw new SchemaNotFoundException(
          "SP-SCHEMA-308",
          "The subject "
              + subject
              + " has no version "
              + version
              + ": versions begin at 1. Ask for another.");
    }
    return versions.get(
        new Version(subject, version),
        () -> unknownIds.count(() -> askForVersion(subject, String.valueOf(version))));
  }

  private RegisteredSchema askForVersion(String subject, String version) {
    return RestAnswers.registered(
        ask(
            "GET",
            path(subject) + "/versions/" + version,
            null,
            "version " + version + " of the subject " + qualified(subject)),
        subject,
        Schema.Format.AVRO);
  }

  @Override
  public List<String> subjects() {
    String prefix = context.isEmpty() ? "" : "?subjectPrefix=" + encode(":" + context + ":");
    return RestAnswers.texts(ask("GET", "/subjects" + prefix, null, "list of subjects"));
  }

  @Override
  public List<Integer> versions(String subject) {
    try {
      return RestAnswers.numbers(
          ask("GET", path(subject) + "/versions", null, "subject " + qualified(subject)));
    } catch (SchemaNotFoundException none) {
      return List.of();
    }
  }

  @Override
  public RegisteredSchema find(String subject, Schema schema, boolean normalize) {
    return lookups.get(
        new Lookup(subject, schema, normalize), () -> lookUp(subject, schema, normalize));
  }

  private RegisteredSchema lookUp(String subject, Schema schema, boolean normalize) {
    return RestAnswers.registered(
        ask(
            "POST",
            path(subject) + (normalize ? "?normalize=true" : ""),
            RestAnswers.request(schema),
            "schema of this text in the subject " + qualified(subject)),
        subject,
        schema.format());
  }

  @Override
  public RegisteredSchema register(String subject, Schema schema, boolean normalize) {
    Lookup key = new Lookup(subject, schema, normalize);
    return registrations.get(
        key,
        () -> {
          RegisteredSchema registered = askToRegister(key);
          latest.forget(subject);
          versions.forget(new Version(subject, registered.version()));
          lookups.put(key, registered);
          return registered;
        });
  }

  private RegisteredSchema askToRegister(Lookup key) {
    RestClient.Answer answer =
        client.call(
            "POST",
            path(key.subject()) + "/versions" + (key.normalize() ? "?normalize=true" : ""),
            RestAnswers.request(key.schema()));
    SchemaRefusedException refused = null;
    try {
      RestClient.Answer unused = judge(answer, "subject " + qualified(key.subject()));
    } catch (SchemaRefusedException conflict) {
      if (answer.status() != 409) {
        throw conflict;
      }
      refused = conflict;
    }
    try {
      // The answer names the id only, in all registries but the newest. Apicurio refuses a schema
      // also if somebody else was a moment ahead with the same.
      return lookUp(key.subject(), key.schema(), key.normalize());
    } catch (SchemaNotFoundException notThere) {
      throw refused == null ? notThere : refused;
    }
  }

  private RestClient.Answer ask(String method, String path, byte @Nullable [] body, String what) {
    return judge(client.call(method, path, body), what);
  }

  /** What the registry's answer means; passes on one that is good. */
  private RestClient.Answer judge(RestClient.Answer answer, String what) {
    int status = answer.status();
    if (status == 200) {
      return answer;
    }
    int code = RestAnswers.code(answer);
    if (status == 404 && code / 100 == 404) {
      throw new SchemaNotFoundException(
          "SP-SCHEMA-308",
          "The schema registry at "
              + answer.url()
              + " has no "
              + what
              + client.said(answer.body())
              + ". Register it, or ask the registry that the publisher uses.");
    }
    if (status == 409 || status == 413 || status == 422 || (status == 400 && code > 0)) {
      throw new SchemaRefusedException(
          "SP-SCHEMA-309",
          "The schema registry at "
              + answer.url()
              + " refuses the schema ("
              + what
              + "), by "
              + status
              + client.said(answer.body())
              + ". Mend the schema, or see which compatibility the subject demands.",
          null);
    }
    throw client.garbage(
        answer.url(),
        "asked for " + what + " it says " + status + client.said(answer.body()),
        null);
  }

  private String path(String subject) {
    return "/subjects/" + encode(qualified(subject));
  }

  /** With the context, unless it names its own. */
  private String qualified(String subject) {
    return context.isEmpty() || subject.startsWith(":.") ? subject : ":" + context + ":" + subject;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Ends what is under way, by a {@link MessagingException}, and every thread. */
  @Override
  public void close() {
    client.close();
  }

  /** Where it is; no secrets. */
  @Override
  public String toString() {
    return "schema registry at " + client + (context.isEmpty() ? "" : " in the context " + context);
  }

  private record Version(String subject, int version) {
    @Override
    public String toString() {
      return "version " + version + " of " + subject;
    }
  }

  private record Lookup(String subject, Schema schema, boolean normalize) {
    @Override
    public String toString() {
      return "a schema of " + subject; // the text may be long
    }
  }

  /** Configures a {@link RestRegistry}. Not thread-safe. */
  public static final class Builder {
    private static final Pattern LOOPBACK =
        Pattern.compile(
            "localhost|127(?:\\.\\d{1,3}){3}|\\[(?:0:0:0:0:0:0:0|:):1]", Pattern.CASE_INSENSITIVE);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LATEST_FOR = Duration.ofMinutes(1);
    private static final Duration MISSING_FOR = Duration.ofSeconds(5);
    private static final int CACHE_SIZE = 1_000;

    private final List<String> urls = new ArrayList<>();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private Credentials credentials = Credentials.none();
    private boolean credentialsTwice;
    private boolean plaintextAllowed;
    private @Nullable SSLContext tls;
    private @Nullable ProxySelector proxy;
    private String context = "";
    private Duration timeout = TIMEOUT;
    private Duration requestTimeout = REQUEST_TIMEOUT;
    private Duration latestFor = LATEST_FOR;
    private Duration missingFor = MISSING_FOR;
    private int cacheSize = CACHE_SIZE;

    private Builder() {}

    private List<Setting<?>> settings() {
      return List.of(
          setting("registry timeout", timeout, TIMEOUT),
          setting("registry request timeout", requestTimeout, REQUEST_TIMEOUT),
          setting("latest version believed for", latestFor, LATEST_FOR),
          setting("missing schema believed for", missingFor, MISSING_FOR),
          setting("schemas remembered", cacheSize, CACHE_SIZE));
    }

    private static <V> Setting<V> setting(String name, V value, V standard) {
      return new Setting<>(name, value, value.equals(standard) ? Layer.DEFAULT : Layer.CODE);
    }

    /**
     * Sets where the registry's servers are. The first is asked first, then whichever answered
     * last.
     *
     * @param urls one or more of the same registry: scheme, host, and the path that its API is
     *     under, if any; without user and password
     * @return this
     */
    public Builder urls(String... urls) {
      this.urls.addAll(List.of(urls));
      return this;
    }

    /**
     * Sets user and password, or key and secret (RFC 7617).
     *
     * @param user the name
     * @param password the secret
     * @return this
     */
    public Builder basicAuth(String user, String password) {
      return credentials(Credentials.basic(user, password));
    }

    /**
     * Sets who gives the bearer token (RFC 6750), such as one obtained by OAuth.
     *
     * @param token asked before each request, so it should keep a token for as long as that is
     *     good; once more after a 401. It may block; what it throws means no answer
     * @return this
     */
    public Builder bearerToken(Supplier<String> token) {
      return credentials(Credentials.bearer(token));
    }

    private Builder credentials(Credentials given) {
      credentialsTwice |= !credentials.toString().equals(Credentials.none().toString());
      credentials = given;
      return this;
    }

    /**
     * Adds a header to each request, such as Confluent Cloud's {@code target-sr-cluster}.
     *
     * @param name its name
     * @param value its value; not shown anywhere
     * @return this
     */
    public Builder header(String name, String value) {
      headers.put(name, requireNonNull(value, name));
      return this;
    }

    /**
     * Sets which certificates are trusted, and which one is shown. Host names are verified.
     *
     * @param tls instead of the JVM's
     * @return this
     */
    public Builder tls(SSLContext tls) {
      this.tls = requireNonNull(tls, "tls");
      return this;
    }

    /**
     * Lets requests go unencrypted to other machines, where whoever is on the way can read
     * passwords and change schemas. Without it {@code http:} is for {@code localhost}, {@code
     * 127.*} and {@code ::1}; names are not resolved.
     *
     * @return this
     */
    public Builder allowPlaintext() {
      this.plaintextAllowed = true;
      return this;
    }

    /**
     * Sets by which proxies servers are reached.
     *
     * @param proxy instead of the JVM's, {@link ProxySelector#getDefault()}
     * @return this
     */
    public Builder proxy(ProxySelector proxy) {
      this.proxy = requireNonNull(proxy, "proxy");
      return this;
    }

    /**
     * Sets the context that subjects and ids belong to. A subject that names its own, as {@code
     * :.CONTEXT:SUBJECT}, is left as it is.
     *
     * @param context such as {@code .staging}; instead of the default context
     * @return this
     */
    public Builder context(String context) {
      this.context = requireNonNull(context, "context");
      return this;
    }

    /**
     * Sets how long a call may take, with all that is tried again.
     *
     * @param timeout instead of 10 s; at least 1 ms
     * @return this
     */
    public Builder timeout(Duration timeout) {
      this.timeout = requireNonNull(timeout, "timeout");
      return this;
    }

    /**
     * Sets how long one request may take, from connecting to the last byte of the answer.
     *
     * @param requestTimeout instead of 3 s; at least 1 ms
     * @return this
     */
    public Builder requestTimeout(Duration requestTimeout) {
      this.requestTimeout = requireNonNull(requestTimeout, "requestTimeout");
      return this;
    }

    /**
     * Sets how long the newest version of a subject is believed to be that. While the registry does
     * not answer, it is believed longer.
     *
     * @param latestFor instead of 1 min
     * @return this
     */
    public Builder latestFor(Duration latestFor) {
      this.latestFor = requireNonNull(latestFor, "latestFor");
      return this;
    }

    /**
     * Sets how long what was missing is not asked for again.
     *
     * @param missingFor instead of 5 s
     * @return this
     */
    public Builder missingFor(Duration missingFor) {
      this.missingFor = requireNonNull(missingFor, "missingFor");
      return this;
    }

    /**
     * Sets how many answers are remembered of each kind; the least recently used one goes.
     *
     * @param cacheSize instead of 1,000; at least 1
     * @return this
     */
    public Builder cacheSize(int cacheSize) {
      this.cacheSize = cacheSize;
      return this;
    }

    /**
     * Builds it. Connects to nothing yet.
     *
     * @return the registry
     * @throws ConfigurationException naming all that is wrong
     */
    public RestRegistry build() {
      List<String> problems = new ArrayList<>();
      List<URI> parsed = new ArrayList<>();
      if (urls.isEmpty()) {
        problems.add(
            "SP-SCHEMA-301 It has no address; call urls(\"https://HOST:PORT\") with at least one.");
      }
      for (String url : urls) {
        URI address = parse(url, problems);
        if (address != null) {
          parsed.add(address);
        }
      }
      if (credentialsTwice) {
        problems.add(
            "SP-SCHEMA-304 Credentials are given twice; call basicAuth or bearerToken, once.");
      }
      if (!context.isEmpty() && !context.matches("\\.?[^:.][^:]*")) {
        problems.add(
            "SP-SCHEMA-304 The context is "
                + context
                + "; it must be a name without colons, such as .staging.");
      } else if (!context.isEmpty() && !context.startsWith(".")) {
        context = "." + context;
      }
      positive(problems, "timeout", timeout);
      positive(problems, "requestTimeout", requestTimeout);
      positive(problems, "latestFor", latestFor);
      positive(problems, "missingFor", missingFor);
      if (cacheSize < 1) {
        problems.add("SP-SCHEMA-304 cacheSize is " + cacheSize + "; it must be at least 1.");
      }
      if (!problems.isEmpty()) {
        throw new ConfigurationException("The schema registry", problems);
      }
      return new RestRegistry(this, List.copyOf(parsed));
    }

    /** Never shows an address that may hold a password. */
    private @Nullable URI parse(String url, List<String> problems) {
      if (url.contains("@")) {
        problems.add(
            "SP-SCHEMA-302 An address holds a user or a password, which would be logged; leave it"
                + " out and call basicAuth(user, password).");
        return null;
      }
      String trimmed = url.trim().replaceAll("/+$", "");
      try {
        URI address = URI.create(trimmed);
        String scheme = String.valueOf(address.getScheme());
        boolean isPlain = scheme.equalsIgnoreCase("http");
        if ((isPlain || scheme.equalsIgnoreCase("https"))
            && address.getHost() != null
            && address.getQuery() == null
            && address.getFragment() == null) {
          if (isPlain && !plaintextAllowed && !LOOPBACK.matcher(address.getHost()).matches()) {
            problems.add(
                "SP-SCHEMA-303 "
                    + trimmed
                    + " is plain HTTP to another machine: whoever is on the way reads passwords and"
                    + " changes schemas. Use https, or choose plaintext: allowPlaintext().");
          }
          return address;
        }
      } catch (IllegalArgumentException malformed) {
        // told below
      }
      problems.add(
          "SP-SCHEMA-302 "
              + trimmed
              + " is no address of a registry; it must be http(s)://HOST:PORT and perhaps a path.");
      return null;
    }

    private static void positive(List<String> problems, String name, Duration value) {
      if (value.compareTo(Duration.ofMillis(1)) < 0) {
        problems.add("SP-SCHEMA-304 " + name + " is " + value + "; it must be at least 1 ms.");
      }
    }
  }
}
