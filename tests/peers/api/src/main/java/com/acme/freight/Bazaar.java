package com.acme.freight;

/** Holds a service interface inside itself: `com.acme.freight.Bazaar$Stall`. */
public final class Bazaar {
    private Bazaar() {}

    /** A service whose name has a dollar in it. */
    public interface Stall {
        String greet(String name);

        Price price(Price offer);
    }

    /** A nested type of a nested service. */
    public static class Price implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        private int coins;
        private String currency;

        public int getCoins() {
            return coins;
        }

        public void setCoins(int coins) {
            this.coins = coins;
        }

        public String getCurrency() {
            return currency;
        }

        public void setCurrency(String currency) {
            this.currency = currency;
        }
    }
}
