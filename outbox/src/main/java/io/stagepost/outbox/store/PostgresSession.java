package io.stagepost.outbox.store;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;

import io.stagepost.MessagingException;
import io.stagepost.outbox.store.ShardMemory.Range;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A relay's session on PostgreSQL: its statements, and what it knows of each shard. One connection,
 * taken for long, given back as it was. Statements stay prepared.
 */
final class PostgresSession implements RelaySession {
  /**
   * What tests change, to show why it is as it is.
   *
   * @param horizonSql what the horizon of new holes is: a transaction id assigned after the
   *     snapshot of the fetch. Nothing less will do, {@code pg_snapshot_xmax} in particular
   * @param ranges how many missing ranges are remembered apart, for each shard
   * @param between what is done between reading what is missing and what is new, if they are read
   *     in two statements; null if in one
   */
  record Tuning(String horizonSql, int ranges, @Nullable Runnable between) {
    static final Tuning USUAL = new Tuning("pg_current_xact_id()", 2_000, null);
  }

  private static final Logger LOG = System.getLogger(PostgresSession.class.getName());

  /**
   * How often the driver executes a statement before it has it prepared on the server, and the one
   * time more that it needs to know its columns: before that, bytes come as text, which takes both
   * sides several times as long.
   */
  private static final int DRIVERS_THRESHOLD = 6;

  /** The session's parameters; nobody else's, so that RESET gives the connection back clean. */
  private static final List<String> PARAMETERS =
      List.of(
          "synchronous_commit",
          "idle_in_transaction_session_timeout",
          "plan_cache_mode",
          "enable_seqscan",
          "enable_bitmapscan",
          "enable_hashjoin",
          "enable_mergejoin",
          "jit",
          "tcp_user_timeout",
          "tcp_keepalives_idle",
          "tcp_keepalives_interval",
          "tcp_keepalives_count");

  /** A server on another system than Linux may not know all that concerns TCP. */
  private static final String SET =
      """
      SET synchronous_commit = off;
      SET idle_in_transaction_session_timeout = %1$d;
      SET plan_cache_mode = force_generic_plan;
      SET enable_seqscan = off; SET enable_bitmapscan = off;
      SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
      DO $$ BEGIN
        PERFORM set_config('tcp_keepalives_idle', '10', false),
                set_config('tcp_keepalives_interval', '5', false),
                set_config('tcp_keepalives_count', '3', false),
                set_config('tcp_user_timeout', '%1$d', false);
      EXCEPTION WHEN OTHERS THEN NULL;
      END $$""";

  private static final String LACKING =
      """
      SELECT string_agg(privilege || ' on ' || name, ', ' ORDER BY name, privilege), current_user
      FROM (VALUES ('stagepost_outbox', 'SELECT'), ('stagepost_outbox', 'DELETE'),
                   ('stagepost_outbox_mark', 'SELECT'), ('stagepost_outbox_mark', 'INSERT'),
                   ('stagepost_outbox_mark', 'UPDATE'), ('stagepost_outbox_parked', 'SELECT'),
                   ('stagepost_outbox_parked', 'INSERT')) needed(name, privilege)
      WHERE NOT has_table_privilege(name, privilege)""";

  // The advisory lock's class is the table's oid, so outboxes of several schemas do not meet.
  private static final String CLAIM =
      """
      SELECT s, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint
      FROM unnest(?::int[]) s
      WHERE pg_try_advisory_xact_lock('stagepost_outbox'::regclass::oid::int, s)
      LIMIT ?""";

  private static final String MARKS =
      "SELECT shard, low, epoch FROM stagepost_outbox_mark WHERE shard = ANY (?::smallint[])";

  private static final String HELD =
      """
      SELECT shard, address, key FROM stagepost_outbox_parked
      WHERE shard = ANY (?::smallint[]) AND holds AND key IS NOT NULL""";

  // Ranges of a shard are disjoint and given in ascending order, and the nested loops keep it: so
  // the limits stop reading early, and the running sum needs no sort. The reader checks the order.
  private static final String FETCH =
      """
      SELECT now.xmin, s.shard, b.id, b.address, b.key, b.headers, b.body, coalesce(m.epoch, 0)
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin OFFSET 0) now
      CROSS JOIN unnest(?::smallint[]) AS s(shard)
      LEFT JOIN stagepost_outbox_mark m ON m.shard = s.shard
      LEFT JOIN LATERAL (
        SELECT m.* FROM (
          SELECT f.*, sum(f.size) OVER (ROWS UNBOUNDED PRECEDING) - f.size AS before
          FROM (
            SELECT o.*, coalesce(octet_length(o.key), 0) + octet_length(o.headers)
                        + coalesce(octet_length(o.body), 0) AS size
            FROM unnest(?::smallint[], ?::bigint[], ?::bigint[]) AS r(shard, lo, hi)
            CROSS JOIN LATERAL (
              SELECT * FROM stagepost_outbox
              WHERE shard = r.shard AND id BETWEEN r.lo AND r.hi ORDER BY id LIMIT ?) o
            WHERE r.shard = s.shard
            LIMIT ?) f) m
        WHERE m.before < ?) b ON true""";

  // For each shard its slice of one array of ids, ascending: half the work of a join with all ids.
  // OFFSET 0 and the slice's limits leave the planner nothing but the index: whatever it believes,
  // and it has often seen the table empty, it must not read all that is dead.
  private static final String DELETE =
      """
      WITH d AS MATERIALIZED (
        SELECT shard, ids[first:last] AS ids, ids[first] AS lowest, ids[last] AS highest
        FROM unnest(?::smallint[], ?::int[], ?::int[]) AS s(shard, first, last),
             (SELECT ?::bigint[] AS ids OFFSET 0) a),
      gone AS (
        DELETE FROM stagepost_outbox WHERE ctid = ANY (ARRAY(
          SELECT o.ctid FROM d CROSS JOIN LATERAL (
            SELECT ctid FROM stagepost_outbox
            WHERE shard = d.shard AND id = ANY (d.ids)
              AND id BETWEEN d.lowest AND d.highest OFFSET 0) o))
        RETURNING 1)
      SELECT (%s)::text::bigint, count(*) FROM gone""";

  private static final String PARK =
      """
      WITH gone AS (
        DELETE FROM stagepost_outbox o
        USING (
          SELECT l.place, d.error, d.holds
          FROM unnest(?::smallint[], ?::bigint[], ?::text[], ?::boolean[])
               AS d(shard, id, error, holds)
          CROSS JOIN LATERAL (
            SELECT ctid AS place FROM stagepost_outbox
            WHERE shard = d.shard AND id = d.id OFFSET 0) l) p
        WHERE o.ctid = p.place
        RETURNING o.*, p.error, p.holds)
      INSERT INTO stagepost_outbox_parked
        (shard, id, address, key, headers, body, created_at, parked_at, error, holds)
      SELECT shard, id, address, key, headers, body, created_at, clock_timestamp(), error, holds
      FROM gone""";

  private static final String NEXT_EPOCH =
      """
      INSERT INTO stagepost_outbox_mark AS m (shard, low, epoch)
      SELECT shard, 0, 1 FROM unnest(?::smallint[]) shard
      ON CONFLICT (shard) DO UPDATE SET epoch = m.epoch + 1 RETURNING shard, epoch""";

  private static final String MARK =
      """
      INSERT INTO stagepost_outbox_mark AS m (shard, low)
      SELECT * FROM unnest(?::smallint[], ?::bigint[])
      ON CONFLICT (shard) DO UPDATE SET low = excluded.low WHERE m.low < excluded.low""";

  /** What is known of one shard. */
  private static final class Known {
    final ShardMemory memory;
    final Set<Lane> held = new HashSet<>();
    long epoch;
    long marked;

    Known(long low, long epoch, int ranges) {
      this.memory = new ShardMemory(low, ranges);
      this.epoch = epoch;
      this.marked = low;
    }
  }

  /**
   * What a fetch has shown of one shard, to be judged when the round ends.
   *
   * @param ids ascending
   * @param again those that it was told to revisit
   * @param settled those that were settled by now
   */
  private record Shown(
      List<Long> ids, Set<Long> again, Set<Long> settled, boolean cut, boolean scanned) {
    /** Whether an id would have been shown, had it been there. */
    boolean isAbsent(long id) {
      return !ids.contains(id) && (!cut || (!ids.isEmpty() && id < ids.get(ids.size() - 1)));
    }
  }

  private final Connection connection;
  private final TableName table;
  private final SessionSettings settings;
  private final Tuning tuning;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final SessionConnection lent;
  private final Schedule schedule;

  private final Map<Integer, Known> known = new HashMap<>();
  private final Map<Integer, Shown> shown = new TreeMap<>();
  private final Writers writers;
  private List<Integer> claimed = List.of();
  private long serverStart;
  private boolean isWarm;
  private Duration reading = Duration.ZERO;
  private long xmin;
  private long horizon;

  PostgresSession(Connection connection, TableName table, SessionSettings settings, Tuning tuning)
      throws SQLException {
    this.connection = connection;
    this.table = table;
    this.settings = settings;
    this.tuning = tuning;
    this.schedule = new Schedule(settings.clock());
    this.writers = new Writers(connection, table, schedule.now());
    this.lent = new SessionConnection(connection, settings, this::setUp);
  }

  private List<String> setUp(Connection fresh) throws SQLException {
    fresh.setAutoCommit(false);
    try (Statement statement = fresh.createStatement()) {
      checkWritable(statement);
      statement.execute(SET.formatted(settings.idleTimeout().toMillis()));
    }
    fresh.commit();
    return List.of("RESET " + String.join("; RESET ", PARAMETERS));
  }

  /** What would let it send and never delete is found before it sends. */
  private void checkWritable(Statement statement) throws SQLException {
    try (ResultSet answer = statement.executeQuery("SHOW transaction_read_only")) {
      answer.next();
      if (answer.getString(1).equals("on")) {
        throw new MessagingException(
            "SP-OUTBOX-018",
            "The relay's DataSource gives connections that cannot write: to a standby, or set"
                + " read-only. It could send but never delete; give it one to the primary.");
      }
    }
    try (ResultSet lacking = statement.executeQuery(table.in(LACKING))) {
      lacking.next();
      if (lacking.getString(1) != null) {
        throw new MessagingException(
            "SP-OUTBOX-006",
            "The relay's user "
                + lacking.getString(2)
                + " lacks privileges: "
                + lacking.getString(1)
                + ". It could send but never delete; grant them.");
      }
    }
  }

  // ---- claim, recall, fetch --------------------------------------------------------------------

  /** Alone in its statement, so that the fetch's snapshot is taken with the locks held. */
  @Override
  public List<Integer> claim(List<Integer> order, int max) throws SQLException {
    PreparedStatement statement = prepare(CLAIM);
    set(statement, 1, "int4", order.toArray());
    statement.setInt(2, max);
    List<Integer> shards = new ArrayList<>();
    long started = serverStart;
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        shards.add(rows.getInt(1));
        started = rows.getLong(2);
      }
    }
    if (started != serverStart) {
      known.clear(); // a crash may have lost deletes that were committed
      serverStart = started;
    }
    claimed = shards.stream().sorted().toList();
    shown.clear();
    horizon = 0;
    return claimed;
  }

  /** A shard that nothing is known of begins at its mark, with the lanes that are held. */
  private void recall(List<Integer> shards) throws SQLException {
    Object[] unknown = shards.stream().filter(shard -> !known.containsKey(shard)).toArray();
    if (unknown.length == 0) {
      return;
    }
    for (Object shard : unknown) {
      known.put((Integer) shard, new Known(0, 0, tuning.ranges()));
    }
    PreparedStatement marks = prepare(MARKS);
    set(marks, 1, "int2", unknown);
    try (ResultSet rows = marks.executeQuery()) {
      while (rows.next()) {
        known.put(rows.getInt(1), new Known(rows.getLong(2), rows.getLong(3), tuning.ranges()));
      }
    }
    PreparedStatement held = prepare(HELD);
    set(held, 1, "int2", unknown);
    try (ResultSet rows = held.executeQuery()) {
      while (rows.next()) {
        known(rows.getInt(1)).held.add(Lane.of(rows.getString(2), rows.getBytes(3)));
      }
    }
  }

  @Override
  public List<Fetched> fetch(List<Integer> shards, Map<Integer, Set<Long>> revisit)
      throws SQLException {
    if (shards.isEmpty()) {
      return List.of();
    }
    if (!isWarm) {
      isWarm = true;
      for (int i = 0; i < DRIVERS_THRESHOLD; i++) {
        read(Map.of(), Map.of(), Map.of()); // reads nothing
      }
    }
    recall(shards);
    writers.look(memories(), schedule.now());
    Set<Integer> scanned = new HashSet<>();
    Map<Integer, List<Range>> slices = new TreeMap<>();
    for (int shard : shards) {
      if (schedule.isScanDue(shard) && known(shard).memory.left.isEmpty()) {
        scanned.add(shard); // what was left would be in its way
      }
      slices.put(
          shard, slice(shard, scanned.contains(shard), revisit.getOrDefault(shard, Set.of())));
    }
    Map<Integer, List<Row>> found = new HashMap<>();
    Map<Integer, Long> epochs = new HashMap<>();
    Instant begun = schedule.now();
    Runnable between = tuning.between();
    if (between == null) {
      read(slices, found, epochs);
    } else {
      Map<Integer, List<Range>> fresh = new TreeMap<>();
      slices.replaceAll(
          (shard, ranges) -> {
            fresh.put(shard, ranges.subList(ranges.size() - 1, ranges.size()));
            return ranges.subList(0, ranges.size() - 1);
          });
      read(slices, found, epochs);
      between.run();
      read(fresh, found, epochs);
    }
    reading = Duration.between(begun, schedule.now());
    List<Fetched> fetched = new ArrayList<>();
    for (int shard : shards) {
      fetched.add(
          epochs.getOrDefault(shard, 0L) == known(shard).epoch
              ? shown(
                  shard,
                  found.getOrDefault(shard, List.of()),
                  revisit.getOrDefault(shard, Set.of()),
                  scanned.contains(shard))
              : takenBack(shard));
    }
    return fetched;
  }

  /** In one statement, so from one snapshot, whose xmin it keeps. */
  private void read(
      Map<Integer, List<Range>> slices, Map<Integer, List<Row>> found, Map<Integer, Long> epochs)
      throws SQLException {
    List<Integer> of = new ArrayList<>();
    List<Long> lo = new ArrayList<>();
    List<Long> hi = new ArrayList<>();
    slices.forEach(
        (shard, ranges) -> {
          for (Range range : ranges) {
            of.add(shard);
            lo.add(range.lo());
            hi.add(range.hi());
          }
        });
    PreparedStatement statement = prepare(FETCH);
    set(statement, 1, "int2", slices.keySet().toArray());
    set(statement, 2, "int2", of.toArray());
    set(statement, 3, "int8", lo.toArray());
    set(statement, 4, "int8", hi.toArray());
    statement.setLong(5, settings.rowsPerShard());
    statement.setLong(6, settings.rowsPerShard());
    statement.setLong(7, settings.bytesPerShard());
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        xmin = rows.getLong(1);
        int shard = rows.getInt(2);
        long id = rows.getLong(3);
        if (!rows.wasNull()) {
          append(
              found.computeIfAbsent(shard, none -> new ArrayList<>()),
              new Row(
                  shard,
                  id,
                  rows.getString(4),
                  rows.getBytes(5),
                  rows.getBytes(6),
                  rows.getBytes(7)));
        }
        epochs.putIfAbsent(shard, rows.getLong(8));
      }
    }
  }

  private Fetched shown(int shard, List<Row> rows, Set<Long> revisit, boolean scanned) {
    long bytes = rows.stream().mapToLong(Row::size).sum();
    boolean cut =
        rows.size() >= settings.rowsPerShard()
            || (!rows.isEmpty() && bytes >= settings.bytesPerShard());
    ShardMemory memory = known(shard).memory;
    Set<Long> again = revisit.stream().filter(memory::isPast).collect(Collectors.toSet());
    shown.put(
        shard,
        new Shown(rows.stream().map(Row::id).toList(), again, new HashSet<>(), cut, scanned));
    return new Fetched(shard, rows, cut, known(shard).held);
  }

  /** Somebody has put rows back, or let go what was held: begins again at the next round. */
  private Fetched takenBack(int shard) {
    known.remove(shard);
    return new Fetched(shard, List.of(), true, Set.of());
  }

  /** Above the highest id seen and in what is missing; or, scanning, everywhere. */
  private List<Range> slice(int shard, boolean scan, Set<Long> revisit) {
    if (scan) {
      return List.of(new Range(Long.MIN_VALUE, Long.MAX_VALUE, 0));
    }
    ShardMemory memory = known(shard).memory;
    List<Range> ranges = new ArrayList<>(memory.missing());
    ranges.add(new Range(memory.seen() + 1, Long.MAX_VALUE, 0));
    revisit.stream().filter(memory::isPast).forEach(id -> ranges.add(new Range(id, id, 0)));
    ranges.sort(Comparator.comparingLong(Range::lo));
    return ranges;
  }

  private static void append(List<Row> rows, Row row) {
    if (!rows.isEmpty() && rows.get(rows.size() - 1).id() >= row.id()) {
      throw new IllegalStateException(row + " came after " + rows.get(rows.size() - 1));
    }
    rows.add(row);
  }

  // ---- settle ----------------------------------------------------------------------------------

  @Override
  public void settle(List<Row> sent, List<Refusal> refused) throws SQLException {
    if (!refused.isEmpty()) {
      park(refused);
    }
    sent.forEach(this::settled);
    refused.forEach(each -> settled(each.row()));
    Map<Integer, Set<Long>> byShard =
        sent.stream().collect(groupingBy(Row::shard, mapping(Row::id, toCollection(TreeSet::new))));
    List<Integer> first = new ArrayList<>();
    List<Integer> last = new ArrayList<>();
    List<Long> all = new ArrayList<>(sent.size());
    byShard.forEach(
        (shard, ids) -> {
          first.add(all.size() + 1);
          all.addAll(ids);
          last.add(all.size());
        });
    PreparedStatement statement = prepare(DELETE.formatted(tuning.horizonSql()));
    set(statement, 1, "int2", byShard.keySet().toArray());
    set(statement, 2, "int4", first.toArray());
    set(statement, 3, "int4", last.toArray());
    set(statement, 4, "int8", all.toArray());
    try (ResultSet answer = statement.executeQuery()) {
      answer.next();
      horizon = answer.getLong(1);
      noteMissing(sent.size(), answer.getInt(2));
    }
  }

  private void settled(Row row) {
    Shown each = shown.get(row.shard());
    if (each != null) {
      each.settled.add(row.id());
    }
  }

  private void noteMissing(int rows, int there) {
    if (there != rows) {
      LOG.log(
          Level.WARNING,
          "SP-OUTBOX-019 Of {0} rows that were sent or refused, {1} were still there: somebody else"
              + " deletes from {2}; leave that to the relay.",
          rows,
          there,
          table);
    }
  }

  private void park(List<Refusal> refused) throws SQLException {
    PreparedStatement statement = prepare(PARK);
    set(statement, 1, "int2", refused.stream().map(each -> each.row().shard()).toArray());
    set(statement, 2, "int8", refused.stream().map(each -> each.row().id()).toArray());
    set(statement, 3, "text", refused.stream().map(Refusal::error).toArray());
    set(statement, 4, "bool", refused.stream().map(Refusal::holds).toArray());
    noteMissing(refused.size(), statement.executeUpdate());
    Set<Integer> holding = new TreeSet<>();
    for (Refusal each : refused) {
      Lane lane = each.row().lane();
      if (each.holds() && lane != null) {
        known(each.row().shard()).held.add(lane);
        holding.add(each.row().shard());
      }
    }
    if (!holding.isEmpty()) {
      PreparedStatement next = prepare(NEXT_EPOCH);
      set(next, 1, "int2", holding.toArray());
      try (ResultSet rows = next.executeQuery()) {
        while (rows.next()) {
          known(rows.getInt(1)).epoch = rows.getLong(2);
        }
      }
    }
  }

  // ---- judge, mark, commit ---------------------------------------------------------------------

  @Override
  public Learned commit(Collection<Integer> finished) throws SQLException {
    if (horizon == 0 && shown.values().stream().anyMatch(each -> !each.ids().isEmpty())) {
      settle(List.of(), List.of()); // rows were shown and left: new holes need their horizon
    }
    List<RowId> violations = new ArrayList<>();
    shown.forEach(
        (shard, rows) -> {
          if (finished.contains(shard)) {
            violations.addAll(judge(shard, rows));
          } else {
            known.remove(shard);
          }
        });
    mark();
    connection.commit();
    boolean open =
        claimed.stream()
            .anyMatch(
                shard -> known.containsKey(shard) && !known(shard).memory.missing().isEmpty());
    return new Learned(violations, open);
  }

  private List<RowId> judge(int shard, Shown rows) {
    ShardMemory memory = known(shard).memory;
    long seen = memory.seen();
    for (long id : rows.ids()) {
      if (!rows.settled().contains(id)) {
        memory.left.add(id);
      }
    }
    for (long id : rows.again()) {
      if (rows.settled().contains(id) || rows.isAbsent(id)) {
        memory.left.remove(id);
      }
    }
    List<Long> ids = new ArrayList<>(rows.ids());
    ids.removeAll(rows.again()); // they are no news
    boolean nothing = ids.isEmpty() && rows.cut();
    List<Long> violations = nothing ? List.of() : memory.judge(ids, rows.cut(), xmin, horizon);
    if (rows.scanned() && (!rows.cut() || last(rows.ids()) >= seen)) {
      schedule.scanned(shard, reading);
    }
    return violations.stream().map(id -> new RowId(shard, id)).toList();
  }

  private void mark() throws SQLException {
    if (!schedule.takeMark()) {
      return;
    }
    Map<Integer, Long> lows = new TreeMap<>();
    for (int shard : claimed) {
      Known each = known.get(shard);
      if (each != null && each.memory.mark() > each.marked) {
        each.marked = each.memory.mark();
        lows.put(shard, each.marked);
      }
    }
    if (!lows.isEmpty()) {
      PreparedStatement statement = prepare(MARK);
      set(statement, 1, "int2", lows.keySet().toArray());
      set(statement, 2, "int8", lows.values().toArray());
      statement.executeUpdate();
    }
  }

  @Override
  public void forget(int shard) {
    known.remove(shard);
  }

  // ----------------------------------------------------------------------------------------------

  private Map<Integer, ShardMemory> memories() {
    Map<Integer, ShardMemory> memories = new HashMap<>();
    known.forEach((shard, each) -> memories.put(shard, each.memory));
    return memories;
  }

  private Known known(int shard) {
    Known each = known.get(shard);
    if (each == null) {
      throw new IllegalStateException("Nothing is known of shard " + shard);
    }
    return each;
  }

  private static long last(List<Long> ids) {
    return ids.get(ids.size() - 1);
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(table.in(sql));
      statement.setFetchSize(0); // all at once, whatever the URL says
      prepared.put(sql, statement);
    }
    return statement;
  }

  private void set(PreparedStatement statement, int index, String type, Object[] values)
      throws SQLException {
    statement.setArray(index, connection.createArrayOf(type, values));
  }

  @Override
  public void close() {
    try {
      for (PreparedStatement statement : prepared.values()) {
        statement.close();
      }
    } catch (SQLException failure) {
      LOG.log(Level.DEBUG, "A statement could not be closed", failure);
    }
    lent.giveBack();
  }
}
