/** Codecs: what turns payloads into bytes and back. */
@NullMarked
package io.stagepost.schema;

import org.jspecify.annotations.NullMarked;
