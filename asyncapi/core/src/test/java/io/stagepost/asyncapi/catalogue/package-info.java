@NullMarked
package io.stagepost.asyncapi.catalogue;

import org.jspecify.annotations.NullMarked;
