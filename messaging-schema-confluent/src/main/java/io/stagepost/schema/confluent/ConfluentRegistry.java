package io.stagepost.schema.confluent;

import static java.util.Objects.requireNonNull;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A registry by way of Confluent's own client (7.0 and later), for those who run it already, with
 * its settings, caches and metrics.
 *
 * <pre>{@code
 * SchemaRegistry registry =
 *     ConfluentRegistry.over(new CachedSchemaRegistryClient(urls, 1_000, providers, settings));
 * }</pre>
 *
 * <p>What is tried again, for how long a call may take and what is remembered are the client's
 * business. So are the formats: it reads those that it was given a provider for, Avro without being
 * told. Give it a time limit, and let it remember what is missing ({@code
 * missing.id.cache.ttl.sec}), which it does not by default: else a flood of unknown ids floods the
 * registry. The latest version it believes to be that for good, unless it is told for how long
 * ({@code latest.cache.ttl.sec}).
 *
 * <p>GUIDs are there from Confluent's 8.0 on.
 *
 * <p>As thread-safe as the client, and Confluent's are.
 */
public final class ConfluentRegistry implements SchemaRegistry {
  private final SchemaRegistryClient client;

  private ConfluentRegistry(SchemaRegistryClient client) {
    this.client = requireNonNull(client, "client");
  }

  /**
   * A registry over a client.
   *
   * @param client set up by the caller; closed with the registry
   * @return the registry
   */
  public static ConfluentRegistry over(SchemaRegistryClient client) {
    return new ConfluentRegistry(client);
  }

  @Override
  public Schema byId(int id) {
    return ask("id " + id, () -> schema(client.getSchemaById(id)));
  }

  @Override
  public Schema byGuid(UUID guid) {
    // since 8.0, and what we are compiled with is older
    Method method =
        method(SchemaRegistryClient.class, "getSchemaByGuid", String.class, String.class);
    if (method == null) {
      throw notFound(
          "GUID " + guid + ", since this version of Confluent's client knows none", null);
    }
    return ask(
        "GUID " + guid,
        () -> schema((ParsedSchema) requireNonNull(invoke(method, client, guid.toString(), null))));
  }

  @Override
  public RegisteredSchema latest(String subject) {
    return ask(
        "subject " + subject, () -> registered(subject, client.getLatestSchemaMetadata(subject)));
  }

  @Override
  public RegisteredSchema version(String subject, int version) {
    String what = "version " + version + " of the subject " + subject;
    if (version < 1) {
      throw notFound(what, null);
    }
    return ask(what, () -> registered(subject, client.getSchemaMetadata(subject, version)));
  }

  @Override
  public List<String> subjects() {
    return ask("list of subjects", () -> client.getAllSubjects().stream().sorted().toList());
  }

  @Override
  public List<Integer> versions(String subject) {
    try {
      return ask(
          "subject " + subject, () -> client.getAllVersions(subject).stream().sorted().toList());
    } catch (SchemaNotFoundException none) {
      return List.of();
    }
  }

  @Override
  public RegisteredSchema find(String subject, Schema schema, boolean normalize) {
    String what = "schema of this text in the subject " + subject;
    return ask(what, () -> find(subject, parse(subject, schema), normalize));
  }

  @Override
  public RegisteredSchema register(String subject, Schema schema, boolean normalize) {
    return ask(
        "subject " + subject,
        () -> {
          ParsedSchema parsed = parse(subject, schema);
          int unused = client.register(subject, parsed, normalize);
          return find(subject, parsed, normalize);
        });
  }

  /** By its version, since that is what has the registry's own writing of it. */
  private RegisteredSchema find(String subject, ParsedSchema parsed, boolean normalize)
      throws IOException, RestClientException {
    int version = client.getVersion(subject, parsed, normalize);
    return registered(subject, client.getSchemaMetadata(subject, version));
  }

  private ParsedSchema parse(String subject, Schema schema) {
    List<SchemaReference> references = new ArrayList<>();
    for (Reference each : schema.references()) {
      references.add(new SchemaReference(each.name(), each.subject(), each.version()));
    }
    try {
      return client
          .parseSchema(schema.format().name(), schema.text(), references)
          .orElseThrow(() -> unreadable(subject, schema, null));
    } catch (MessagingException told) {
      throw told;
    } catch (RuntimeException failure) {
      throw unreadable(subject, schema, failure); // as the client says it depends on its version
    }
  }

  private static SchemaRefusedException unreadable(
      String subject, Schema schema, @Nullable Exception cause) {
    return new SchemaRefusedException(
        "SP-SCHEMA-331",
        "Confluent's client cannot read the "
            + schema.format()
            + " schema for the subject "
            + subject
            + ": it is no valid one, one that it refers to is missing, or the client was given no"
            + " provider for the format. Mend the schema, or give the client the provider.",
        cause);
  }

  private static Schema schema(ParsedSchema parsed) {
    return schema(parsed.schemaType(), parsed.canonicalString(), parsed.references());
  }

  private static Schema schema(
      @Nullable String type, String text, @Nullable List<SchemaReference> references) {
    List<Reference> own = new ArrayList<>();
    if (references != null) {
      for (SchemaReference each : references) {
        own.add(new Reference(each.getName(), each.getSubject(), each.getVersion()));
      }
    }
    return new Schema(format(type), text, own);
  }

  private static Format format(@Nullable String type) {
    if (type == null) {
      return Format.AVRO;
    }
    try {
      return Format.valueOf(type.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException another) {
      throw new SchemaNotFoundException(
          "SP-SCHEMA-315",
          "The schema registry gives a schema of the type "
              + type
              + ", and only AVRO, JSON and PROTOBUF are read. Ask for another, or read it"
              + " elsewhere.");
    }
  }

  private static RegisteredSchema registered(String subject, SchemaMetadata found)
      throws IOException, RestClientException {
    Method method = method(SchemaMetadata.class, "getGuid"); // since 8.0
    Object guid = method == null ? null : invoke(method, found);
    return new RegisteredSchema(
        found.getId(),
        guid == null ? null : UUID.fromString(guid.toString()),
        subject,
        found.getVersion(),
        schema(found.getSchemaType(), found.getSchema(), found.getReferences()));
  }

  private static @Nullable Method method(Class<?> type, String name, Class<?>... parameters) {
    try {
      return type.getMethod(name, parameters);
    } catch (NoSuchMethodException older) {
      return null;
    }
  }

  private static @Nullable Object invoke(
      Method method, Object target, @Nullable Object... arguments)
      throws IOException, RestClientException {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException failed) {
      if (failed.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (failed.getCause() instanceof RestClientException failure) {
        throw failure;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (IllegalAccessException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  private interface Question<T> {
    T ask() throws IOException, RestClientException;
  }

  /** Says in our words what Confluent's client says. */
  private static <T> T ask(String what, Question<T> question) {
    try {
      return question.ask();
    } catch (MessagingException told) {
      throw told;
    } catch (IOException | RuntimeException failure) {
      throw noAnswer(what, failure);
    } catch (RestClientException answer) {
      int status = answer.getStatus();
      if (status == 404 && answer.getErrorCode() / 100 == 404) {
        throw notFound(what, answer);
      }
      if (status == 409 || status == 413 || status == 422) {
        throw new SchemaRefusedException(
            "SP-SCHEMA-309",
            "The schema registry refuses the schema ("
                + what
                + "): "
                + answer.getMessage()
                + ". Mend the schema, or see which compatibility the subject demands.",
            answer);
      }
      if (status == 401 || status == 403) {
        throw new MessagingException(
            "SP-SCHEMA-306",
            "The schema registry denies access by "
                + status
                + " ("
                + what
                + "): "
                + answer.getMessage()
                + ". Check the credentials that Confluent's client has, and what they are allowed;"
                + " what needs it waits and asks again.",
            answer);
      }
      throw noAnswer(what, answer);
    }
  }

  private static MessagingException noAnswer(String what, Exception failure) {
    return new MessagingException(
        "SP-SCHEMA-330",
        "Confluent's client got no answer about "
            + what
            + ": "
            + failure.getMessage()
            + ". Check that the registry runs and can be reached, and that the client has a provider"
            + " for the format; what needs it waits and asks again.",
        failure);
  }

  private static SchemaNotFoundException notFound(
      String what, @Nullable RestClientException answer) {
    return new SchemaNotFoundException(
        "SP-SCHEMA-308",
        "The schema registry has no "
            + what
            + (answer == null ? "" : ": " + answer.getMessage())
            + ". Register it, or ask the registry that the publisher uses.");
  }

  /** Closes the client. */
  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public String toString() {
    return "schema registry by Confluent's client";
  }
}
