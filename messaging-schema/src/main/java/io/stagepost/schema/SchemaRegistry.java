package io.stagepost.schema;

import io.stagepost.MessagingException;
import java.util.List;
import java.util.UUID;

/**
 * Where the schemas are that writers write with and readers look up: a server, a folder, or a map.
 * The concepts are those of Confluent's schema registry: subjects have versions, each a schema; a
 * schema has one id, whatever the subjects.
 *
 * <p>Thread-safe. Every method may block, for a bounded time. What throws {@link
 * SchemaNotFoundException} or {@link SchemaRefusedException} is an answer, and final for now; every
 * other {@link MessagingException} is no answer (out of reach, overloaded, credentials refused),
 * and worth another try.
 */
public interface SchemaRegistry extends AutoCloseable {
  /**
   * The schema of an id.
   *
   * @param id as in Confluent's framing
   * @return the schema
   * @throws SchemaNotFoundException if there is none
   */
  Schema byId(int id);

  /**
   * The schema of a globally unique id.
   *
   * @param guid as in the header {@code __value_schema_id}
   * @return the schema
   * @throws SchemaNotFoundException if there is none, or this registry knows no such ids
   */
  Schema byGuid(UUID guid);

  /**
   * The newest version of a subject.
   *
   * @param subject the subject
   * @return its newest version
   * @throws SchemaNotFoundException if it has none
   */
  RegisteredSchema latest(String subject);

  /**
   * One version of a subject.
   *
   * @param subject the subject
   * @param version from 1
   * @return that version
   * @throws SchemaNotFoundException if there is none
   */
  RegisteredSchema version(String subject, int version);

  /**
   * The subjects that have versions: what a tool lists, and no service needs.
   *
   * @return sorted
   */
  List<String> subjects();

  /**
   * The versions of a subject.
   *
   * @param subject the subject
   * @return ascending; empty if there are none
   */
  List<Integer> versions(String subject);

  /**
   * Under which id and version a schema is registered.
   *
   * @param subject the subject
   * @param schema the schema
   * @param normalize whether schemas that differ in their writing only are the same
   * @return what is registered
   * @throws SchemaNotFoundException if it is not
   */
  RegisteredSchema find(String subject, Schema schema, boolean normalize);

  /**
   * Registers a schema as the newest version of a subject, unless it is there already.
   *
   * @param subject the subject
   * @param schema the schema
   * @param normalize whether schemas that differ in their writing only are the same
   * @return what is registered
   * @throws SchemaRefusedException if it is not valid, or not compatible with those before it
   */
  RegisteredSchema register(String subject, Schema schema, boolean normalize);

  @Override
  void close();
}
