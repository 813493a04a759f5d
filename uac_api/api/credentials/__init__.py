"""What proves who somebody is: sessions, tokens, single sign-on, delays after wrong passwords."""
