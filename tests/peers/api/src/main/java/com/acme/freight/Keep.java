package com.acme.freight;

import java.util.Map;
import java.util.Set;

/** What a service inherits from an interface of type variables: a service definition keeps the variables and not what they stand for. */
public interface Keep<T, K> {
    K keyOf(T value);

    Map<K, T> keptUnder(Set<K> keys);
}
