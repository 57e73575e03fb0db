@NullMarked
package io.stagepost.asyncapi.generate;

import org.jspecify.annotations.NullMarked;
