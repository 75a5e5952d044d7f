using Vdi.Emulator.Guest;

namespace Vdi.Emulator.Tests.Guest;

public sealed class GuestPersonTests
{
    [Theory]
    [InlineData("ko-KR", "ko_KR.UTF-8")]
    [InlineData("ko", "ko_KR.UTF-8")]
    [InlineData("en", "en_US.UTF-8")]
    [InlineData("de", "de_DE.UTF-8")]
    [InlineData("zh-Hans-CN", "zh_CN.UTF-8")]
    [InlineData("ko-KR; rm -rf /", "")]
    [InlineData("../..", "")]
    [InlineData(null, "")]
    public void Language_becomes_a_locale_or_none(string? language, string locale) => Assert.Equal(locale, GuestPerson.LocaleOf(language));

    [Theory]
    [InlineData("김 민수", "김 민수")]
    [InlineData("a:0:0:root,/bin/sh\nb", "a 0 0 root /bin/sh b")]
    public void Name_fits_into_a_line_of_passwd(string name, string kept) => Assert.Equal(kept, GuestPerson.NameOf(name));
}
