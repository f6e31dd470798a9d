"""The currencies of ISO 4217, the maximum amount in each, and how amounts are rounded."""

from types import MappingProxyType

_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC"
    " CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD"
    " KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO"
    " NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL"
    " THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
MINOR_UNITS = MappingProxyType({code: digits for digits, codes in _CODES.items() for code in codes.split()})
# The maximum amount in minor units: at least about ten thousand US dollars in every currency.
_MOST = {
    10**12: "IDR IQD IRR LAK LBP SYP UZS",
    10
    ** 10: "AMD AOA ARS BDT CDF COP CRC DZD ETB GYD HTG HUF JMD KES KHR KZT LKR LRD MGA MMK MNT MWK NGN PKR RSD SDG SOS"
    " SSP TZS VES VND YER",
}
_USUAL_MOST = 10**8
LARGEST_AMOUNT = max(_MOST)
_MOST_OF = {code: most for most, codes in _MOST.items() for code in codes.split()}


def most_of(currency: str) -> int:
    """Return the maximum amount in this currency, in minor units."""
    return _MOST_OF.get(currency, _USUAL_MOST)


def share(amount: int, parts: int, of: int) -> int:
    """Return `parts` of `of` parts of an amount in minor units, rounded half up; none is negative."""
    return (2 * amount * parts + of) // (2 * of)


def known_currency(code: str) -> str:
    """Return `code` if ISO 4217 has it. Raises ValueError otherwise."""
    if code not in MINOR_UNITS:
        raise ValueError("must be a currency of ISO 4217, e.g. EUR")
    return code
