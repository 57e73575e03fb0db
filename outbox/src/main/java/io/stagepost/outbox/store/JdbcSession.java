package io.stagepost.outbox.store;

import io.stagepost.outbox.store.JdbcStore.Sql;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A relay's session of a {@link JdbcStore}: one connection, taken for long, given back as it was.
 *
 * <pre>
 *   (dirty read, now and then) ─▶ claim ─▶ ids ─▶ rows ─▶ (send) ─▶ delete ─▶ (mark) ─▶ commit
 * </pre>
 *
 * <p>The dirty read comes before the committed one, in a transaction of its own, since a
 * transaction has one isolation level. It may do so by any time: what it shows as pending and the
 * later read does not is pending still, or gone; and what it does not show of long ago was gone
 * already.
 */
final class JdbcSession implements RelaySession {
  /** How often a dirty read is made, at most. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /**
   * What the time between two dirty reads counts at most: while this process or the server was
   * stopped, no insert came nearer to its end.
   */
  private static final Duration LONGEST_STEP = Duration.ofSeconds(1);

  /** Longer lists are turned into joins by MariaDB. */
  private static final int ROWS_PER_LIST = 500;

  private static final Logger LOG = System.getLogger(JdbcSession.class.getName());

  /** What is known of one shard. */
  private static final class Known {
    final ShardWindow window;
    boolean isForgotten = true;
    long epoch;
    long marked;

    Known(Duration settling) {
      this.window = new ShardWindow(settling);
    }

    boolean isMoving() {
      return !isForgotten && window.isMoving();
    }

    void begin(long mark, long epoch) {
      window.begin(mark);
      isForgotten = false;
      this.epoch = epoch;
      this.marked = mark;
    }
  }

  /** What a dirty read has shown of a shard, of the ids that were not finished then. */
  private record Dirty(NavigableSet<Long> ids, long end) {}

  /** What a fetch has shown of one shard, to be judged when the round ends. */
  private static final class Shown {
    final Set<Long> again;
    final long sizedAbove;
    final Set<Long> committed = new HashSet<>();

    /** What the later snapshot has shown above {@link ShardWindow#low()}. */
    final NavigableSet<Long> later = new TreeSet<>();

    /** What it has shown of the ids that were pending up to there. */
    final NavigableSet<Long> late = new TreeSet<>();

    final NavigableSet<Long> open = new TreeSet<>();
    final List<Long> violations = new ArrayList<>();
    final List<Row> rows = new ArrayList<>();
    long end = Long.MAX_VALUE;
    boolean cut;
    boolean scanned;

    Shown(Set<Long> again, long sizedAbove) {
      this.again = again;
      this.sizedAbove = sizedAbove;
    }

    /**
     * Cuts below the first id that only the later snapshot has shown; of those above {@code low} it
     * has shown so many at most.
     */
    void cutAt(long limit) {
      long bound = later.size() < limit ? Long.MAX_VALUE : later.last();
      for (NavigableSet<Long> ids : List.of(later, late)) {
        for (long id : ids) {
          if (!committed.contains(id)) {
            bound = Math.min(bound, id - 1);
            break;
          }
        }
      }
      long last = bound;
      if (rows.removeIf(row -> row.id() > last)) {
        cut = true;
        end = Math.min(end, last);
      }
    }
  }

  private final JdbcStore store;
  private final Connection connection;
  private final SessionSettings settings;
  private final SessionConnection lent;
  private final Schedule schedule;

  private final Map<Integer, Known> known = new HashMap<>();
  private final Map<Integer, Dirty> dirty = new HashMap<>();
  private final Map<Integer, Shown> shown = new TreeMap<>();
  private Instant lookedAt;
  private Duration reading = Duration.ZERO;
  private Duration time = Duration.ZERO;

  JdbcSession(JdbcStore store, Connection connection, SessionSettings settings)
      throws SQLException {
    this.store = store;
    this.connection = connection;
    this.settings = settings;
    this.schedule = new Schedule(settings.clock());
    this.lookedAt = schedule.now().minus(LOOK_EVERY);
    this.lent = new SessionConnection(connection, settings, fresh -> store.begin(fresh, settings));
  }

  // ---- look, claim, recall ---------------------------------------------------------------------

  @Override
  public List<Integer> claim(List<Integer> order, int max) throws SQLException {
    shown.clear();
    dirty.clear();
    look(order);
    List<Integer> claimed = new ArrayList<>();
    List<Integer> recalled = new ArrayList<>();
    // as many as may be had: of more, locks would be held that are not wanted
    for (int from = 0; from < order.size() && claimed.size() < max; ) {
      List<Integer> next = order.subList(from, Math.min(order.size(), from + max - claimed.size()));
      claim(next, claimed, recalled);
      from += next.size();
    }
    hold(recalled);
    Collections.sort(claimed);
    return claimed;
  }

  private void claim(List<Integer> wanted, List<Integer> claimed, List<Integer> recalled)
      throws SQLException {
    try (PreparedStatement statement = prepare(Sql.CLAIM, wanted);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        int shard = rows.getInt(1);
        long epoch = rows.getLong(3);
        Known each = known.computeIfAbsent(shard, none -> new Known(store.settling()));
        if (each.isForgotten || each.epoch != epoch) {
          dirty.remove(shard);
          each.begin(rows.getLong(2), epoch);
          recalled.add(shard);
        }
        claimed.add(shard);
      }
    }
  }

  /** Lanes that parked rows hold, of shards that nothing was known of. */
  private void hold(List<Integer> shards) throws SQLException {
    if (shards.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = prepare(Sql.HELD, shards);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        known(rows.getInt(1)).window.held.add(Lane.of(rows.getString(2), rows.getBytes(3)));
      }
    }
  }

  /** Reads dirty what may be pending in shards that something was seen of. */
  private void look(List<Integer> order) throws SQLException {
    List<Integer> moving =
        order.stream()
            .filter(shard -> known.containsKey(shard) && known(shard).isMoving())
            .toList();
    Instant now = schedule.now();
    Duration step = Duration.between(lookedAt, now);
    if (moving.isEmpty() || (step.compareTo(LOOK_EVERY) < 0 && !step.isNegative())) {
      return;
    }
    Duration before = time.plus(counted(step));
    List<String> blocks = new ArrayList<>();
    List<Long> parameters = new ArrayList<>();
    for (int shard : moving) {
      ShardWindow window = known(shard).window;
      blocks.add(store.text(Sql.PENDING));
      Collections.addAll(parameters, (long) shard, window.low(), limit(window));
      blocks.add(store.text(Sql.HIGHEST));
      parameters.add((long) shard);
      if (!window.pending().isEmpty()) {
        blocks.add(store.text(Sql.STILL_PENDING, window.pending().size()));
        parameters.add((long) shard);
        parameters.addAll(window.pending());
      }
    }
    Map<Integer, NavigableSet<Long>> ids = new HashMap<>();
    Map<Integer, Long> highest = new HashMap<>();
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
    try (PreparedStatement statement = prepare(blocks, parameters);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getInt(1) == 1) {
          highest.put(rows.getInt(2), rows.getLong(3));
        } else {
          ids.computeIfAbsent(rows.getInt(2), none -> new TreeSet<>()).add(rows.getLong(3));
        }
      }
    }
    connection.commit();
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    lookedAt = schedule.now();
    time = before.plus(counted(Duration.between(now, lookedAt)));
    for (int shard : moving) {
      ShardWindow window = known(shard).window;
      window.sample(before, time, highest.getOrDefault(shard, 0L));
      NavigableSet<Long> found = ids.getOrDefault(shard, new TreeSet<>());
      int above = found.tailSet(window.low(), false).size();
      dirty.put(shard, new Dirty(found, above < limit(window) ? Long.MAX_VALUE : found.last()));
    }
  }

  /** What counts of a time that has passed by the clock, which may have been moved. */
  private static Duration counted(Duration passed) {
    if (passed.isNegative()) {
      return Duration.ZERO;
    }
    return passed.compareTo(LONGEST_STEP) < 0 ? passed : LONGEST_STEP;
  }

  /** How many ids to read, of which that many were left and are not to be shown. */
  private long limit(ShardWindow window) {
    return settings.rowsPerShard() + 1L + window.leftAbove();
  }

  /** How many ids the two parts of {@link #ids} may have shown, each up to its limit. */
  private long limitOfBoth(ShardWindow window) {
    return 2 * limit(window);
  }

  // ---- fetch -----------------------------------------------------------------------------------

  @Override
  public List<Fetched> fetch(List<Integer> shards, Map<Integer, Set<Long>> revisit)
      throws SQLException {
    if (shards.isEmpty()) {
      return List.of();
    }
    Instant begun = schedule.now();
    Map<Integer, NavigableMap<Long, Long>> sizes = ids(shards, revisit);
    reading = Duration.between(begun, schedule.now());
    for (int shard : shards) {
      choose(shard, sizes.getOrDefault(shard, Collections.emptyNavigableMap()));
    }
    rows();
    List<Fetched> fetched = new ArrayList<>();
    for (int shard : shards) {
      Shown each = shown(shard);
      fetched.add(new Fetched(shard, each.rows, each.cut, Set.copyOf(known(shard).window.held)));
    }
    return fetched;
  }

  /** The ids of committed rows, and their sizes: all in one statement. */
  private Map<Integer, NavigableMap<Long, Long>> ids(
      List<Integer> shards, Map<Integer, Set<Long>> revisit) throws SQLException {
    List<String> blocks = new ArrayList<>();
    List<Long> parameters = new ArrayList<>();
    for (int shard : shards) {
      ShardWindow window = known(shard).window;
      Shown each = new Shown(revisit.getOrDefault(shard, Set.of()), window.takeSizedAbove());
      shown.put(shard, each);
      if (each.sizedAbove > window.low()) {
        add(blocks, parameters, Sql.LEFT_IDS, shard, window.low(), each.sizedAbove, limit(window));
      }
      if (each.sizedAbove < window.readUpTo()) {
        add(blocks, parameters, Sql.IDS, shard, each.sizedAbove, window.readUpTo(), limit(window));
      }
      each.scanned = schedule.isScanDue(shard);
      if (each.scanned) { // stops below what was left
        long limit = settings.rowsPerShard() + 1L;
        add(blocks, parameters, Sql.IDS, shard, Long.MIN_VALUE, window.mark(), limit);
      }
      Set<Long> apart = new TreeSet<>(window.pending());
      apart.addAll(each.again);
      for (List<Long> some : inLists(List.copyOf(apart))) {
        blocks.add(store.text(Sql.SIZES, some.size()));
        parameters.add((long) shard);
        parameters.addAll(some);
      }
    }
    Map<Integer, NavigableMap<Long, Long>> sizes = new HashMap<>();
    if (blocks.isEmpty()) {
      return sizes;
    }
    try (PreparedStatement statement = prepare(blocks, parameters);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        sizes
            .computeIfAbsent(rows.getInt(1), none -> new TreeMap<>())
            .merge(rows.getLong(2), rows.getLong(3), Math::max);
      }
    }
    return sizes;
  }

  private void add(
      List<String> blocks,
      List<Long> parameters,
      Sql sql,
      int shard,
      long above,
      long upTo,
      long limit) {
    blocks.add(store.text(sql));
    Collections.addAll(parameters, (long) shard, above, upTo, limit);
  }

  /** Takes what has not been shown, up to both bounds. */
  private void choose(int shard, NavigableMap<Long, Long> sizes) {
    ShardWindow window = known(shard).window;
    Shown each = shown(shard);
    each.committed.addAll(sizes.keySet());
    long limit = limit(window);
    each.end = Math.min(each.end, window.readUpTo());
    each.end =
        Math.min(each.end, end(sizes.subMap(window.low(), false, each.sizedAbove, true), limit));
    each.end = Math.min(each.end, end(sizes.tailMap(each.sizedAbove, false), limit));
    long bytes = 0;
    for (Map.Entry<Long, Long> entry : sizes.entrySet()) {
      long id = entry.getKey();
      boolean again = each.again.contains(id);
      if (!again && (window.isLeft(id) || id > each.end)) {
        continue;
      }
      boolean isMeasured = entry.getValue() >= 0;
      if (!isMeasured) {
        window.measure(id); // committed late, among what was left: by the next round
      }
      bytes += entry.getValue();
      if (!isMeasured
          || each.open.size() >= settings.rowsPerShard()
          || (!each.open.isEmpty() && bytes > settings.bytesPerShard())) {
        each.cut = true;
        each.end = Math.min(each.end, id - 1);
        break;
      }
      each.open.add(id);
      if (id <= window.low() && !again && !window.pending().contains(id)) {
        each.violations.add(id);
      }
    }
  }

  /** Up to where a part has been read, of which there may be more beyond its limit. */
  private static long end(NavigableMap<Long, Long> part, long limit) {
    return part.size() < limit
        ? Long.MAX_VALUE
        : part.keySet().stream().skip(limit - 1).findFirst().orElseThrow();
  }

  /**
   * The rows that were chosen, in a later snapshot: those of them that nobody deleted between, and
   * that pass none which only this snapshot shows.
   */
  private void rows() throws SQLException {
    List<String> blocks = new ArrayList<>();
    List<Long> parameters = new ArrayList<>();
    for (Map.Entry<Integer, Shown> entry : shown.entrySet()) {
      long shard = entry.getKey();
      Shown each = entry.getValue();
      if (each.open.isEmpty()) {
        continue;
      }
      ShardWindow window = known(entry.getKey()).window;
      Set<Long> wanted = new TreeSet<>(window.pending().headSet(each.open.last()));
      wanted.addAll(each.open);
      for (List<Long> some : inLists(List.copyOf(wanted))) {
        blocks.add(store.text(Sql.ROWS, some.size()));
        parameters.add(shard);
        parameters.addAll(some);
      }
      blocks.add(store.text(Sql.ROW_IDS));
      Collections.addAll(parameters, shard, window.low(), each.open.last(), limitOfBoth(window));
    }
    if (blocks.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = prepare(blocks, parameters);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        Shown each = shown(rows.getInt(1));
        long id = rows.getLong(2);
        if (rows.getString(3) == null) {
          each.later.add(id);
        } else if (!each.open.contains(id)) {
          each.late.add(id);
        } else {
          each.rows.add(JdbcStore.row(rows));
        }
      }
    }
    for (Map.Entry<Integer, Shown> entry : shown.entrySet()) {
      Shown each = entry.getValue();
      each.cutAt(limitOfBoth(known(entry.getKey()).window));
      each.rows.sort(Comparator.comparingLong(Row::id));
      each.open.retainAll(each.rows.stream().map(Row::id).toList());
    }
  }

  // ---- settle ----------------------------------------------------------------------------------

  @Override
  public void settle(List<Row> sent, List<Refusal> refused) throws SQLException {
    if (!refused.isEmpty()) {
      park(refused);
    }
    Map<Integer, List<Long>> gone = new TreeMap<>();
    for (Row row : sent) {
      gone.computeIfAbsent(row.shard(), none -> new ArrayList<>()).add(row.id());
    }
    for (Refusal each : refused) {
      gone.computeIfAbsent(each.row().shard(), none -> new ArrayList<>()).add(each.row().id());
    }
    int deleted = 0;
    for (Map.Entry<Integer, List<Long>> entry : gone.entrySet()) {
      deleted += delete(entry.getKey(), entry.getValue());
      shown(entry.getKey()).open.removeAll(Set.copyOf(entry.getValue()));
    }
    if (deleted != sent.size() + refused.size()) {
      LOG.log(
          Level.WARNING,
          "SP-OUTBOX-019 Of {0} rows that were sent, {1} were there to delete: somebody else"
              + " deletes from {2}; leave that to the relay.",
          sent.size() + refused.size(),
          deleted,
          store.table());
    }
  }

  private int delete(int shard, List<Long> ids) throws SQLException {
    int deleted = 0;
    for (List<Long> some : inLists(ids)) {
      List<Long> parameters = new ArrayList<>(some);
      parameters.add((long) shard);
      try (PreparedStatement statement =
          prepare(List.of(store.text(Sql.DELETE, some.size())), parameters)) {
        deleted += statement.executeUpdate();
      }
    }
    return deleted;
  }

  private static List<List<Long>> inLists(List<Long> ids) {
    List<List<Long>> lists = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += ROWS_PER_LIST) {
      lists.add(ids.subList(from, Math.min(ids.size(), from + ROWS_PER_LIST)));
    }
    return lists;
  }

  private void park(List<Refusal> refused) throws SQLException {
    Set<Integer> holding = new TreeSet<>();
    try (PreparedStatement statement = connection.prepareStatement(store.text(Sql.PARK))) {
      for (Refusal each : refused) {
        Row row = each.row();
        statement.setInt(1, row.shard());
        statement.setLong(2, row.id());
        statement.setString(3, row.address());
        statement.setBytes(4, row.key());
        statement.setBytes(5, row.headers());
        statement.setBytes(6, row.body());
        statement.setInt(7, row.shard());
        statement.setLong(8, row.id());
        statement.setString(9, each.error());
        statement.setBoolean(10, each.holds());
        statement.executeUpdate();
        Lane lane = row.lane();
        if (each.holds() && lane != null) {
          known(row.shard()).window.held.add(lane);
          holding.add(row.shard());
        }
      }
    }
    try (PreparedStatement next = connection.prepareStatement(store.text(Sql.NEXT_EPOCH))) {
      for (int shard : holding) {
        next.setInt(1, shard);
        next.executeUpdate();
        known(shard).epoch++; // the shard is locked, so nobody else has changed it
      }
    }
  }

  // ---- judge, mark, commit ---------------------------------------------------------------------

  @Override
  public Learned commit(Collection<Integer> finished) throws SQLException {
    List<RowId> violations = new ArrayList<>();
    for (Map.Entry<Integer, Shown> entry : shown.entrySet()) {
      int shard = entry.getKey();
      if (finished.contains(shard)) {
        judge(shard, entry.getValue());
        entry.getValue().violations.forEach(id -> violations.add(new RowId(shard, id)));
      } else {
        forget(shard);
      }
    }
    mark();
    connection.commit();
    return new Learned(violations, known.values().stream().anyMatch(each -> each.window.isOpen()));
  }

  private void judge(int shard, Shown rows) {
    ShardWindow window = known(shard).window;
    window.shown(rows.rows.stream().map(Row::id).toList(), rows.open);
    rows.again.stream().filter(id -> !rows.committed.contains(id)).forEach(window::gone);
    Dirty pending = dirty.get(shard);
    if (pending != null) {
      window.judge(pending.ids(), pending.end(), rows.committed, rows.end);
    }
    if (rows.scanned && !rows.cut) {
      schedule.scanned(shard, reading);
    }
  }

  private void mark() throws SQLException {
    if (!schedule.takeMark()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(store.text(Sql.MARK))) {
      for (int shard : shown.keySet()) {
        Known each = known(shard);
        if (!each.isForgotten && each.window.mark() > each.marked) {
          each.marked = each.window.mark();
          statement.setLong(1, each.marked);
          statement.setInt(2, shard);
          statement.setLong(3, each.marked);
          statement.executeUpdate();
        }
      }
    }
  }

  @Override
  public void forget(int shard) {
    Known each = known.get(shard);
    if (each != null) {
      each.isForgotten = true;
    }
  }

  // ----------------------------------------------------------------------------------------------

  private Known known(int shard) {
    Known each = known.get(shard);
    if (each == null) {
      throw new IllegalStateException("Nothing is known of shard " + shard);
    }
    return each;
  }

  private Shown shown(int shard) {
    Shown each = shown.get(shard);
    if (each == null) {
      throw new IllegalStateException("Shard " + shard + " was not fetched in this round");
    }
    return each;
  }

  private PreparedStatement prepare(Sql sql, List<Integer> list) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(store.text(sql, list.size()));
    for (int i = 0; i < list.size(); i++) {
      statement.setInt(i + 1, list.get(i));
    }
    return statement;
  }

  private PreparedStatement prepare(List<String> blocks, List<Long> parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(String.join("\nUNION ALL ", blocks));
    for (int i = 0; i < parameters.size(); i++) {
      statement.setLong(i + 1, parameters.get(i));
    }
    return statement;
  }

  @Override
  public void close() {
    lent.giveBack();
  }
}
