package com.acme.depot;

import com.acme.freight.Bazaar;

/** The nested service. */
final class StallKeeper implements Bazaar.Stall {
    @Override
    public String greet(String name) {
        return "welcome, " + name;
    }

    @Override
    public Bazaar.Price price(Bazaar.Price offer) {
        Bazaar.Price price = new Bazaar.Price();
        price.setCoins(offer.getCoins() * 2);
        price.setCurrency(offer.getCurrency());
        return price;
    }
}
