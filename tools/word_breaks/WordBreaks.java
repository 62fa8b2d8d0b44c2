import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TypeAttribute;

/**
 * Asks Lucene's StandardTokenizer about every code point and prints converter/matching/word_breaks.tsv (without its header).
 *
 * <p>Needs lucene-core 9.12.2 on the class path: javac -cp lucene-core.jar WordBreaks.java && java -cp lucene-core.jar:. WordBreaks
 */
public class WordBreaks {
  private static final StandardTokenizer TOKENIZER = new StandardTokenizer();

  /** Tokens of a text, each with its type behind a NUL. */
  private static List<String> tokens(String text) throws Exception {
    List<String> out = new ArrayList<>();
    TOKENIZER.setReader(new StringReader(text));
    TOKENIZER.reset();
    while (TOKENIZER.incrementToken()) {
      out.add(TOKENIZER.getAttribute(CharTermAttribute.class) + "\u0000" + TOKENIZER.getAttribute(TypeAttribute.class).type());
    }
    TOKENIZER.end();
    TOKENIZER.close();
    return out;
  }

  private static boolean oneToken(String text) throws Exception {
    List<String> found = tokens(text);
    return found.size() == 1 && found.get(0).startsWith(text + "\u0000");
  }

  /** The letter and name of the class as the tokenizer behaves, null where the character only separates. */
  private static String classOf(String c) throws Exception {
    List<String> alone = tokens(c);
    if (alone.size() == 1) {
      switch (alone.get(0).substring(alone.get(0).indexOf(0) + 1)) {
        case "<ALPHANUM>": case "<HANGUL>": return oneToken(c + "'") ? "H\tHebrew" : "A\tALetter";
        case "<NUM>": return "N\tNumeric";
        case "<SOUTHEAST_ASIAN>": return "T\tSA";
        case "<IDEOGRAPHIC>": return "I\tHan";
        case "<HIRAGANA>": return "R\tHiragana";
        case "<KATAKANA>": return "K\tKatakana";
        case "<EMOJI>": return "J\tEmoji";
        default: throw new IllegalStateException(alone.get(0));
      }
    }
    if (oneToken(c + "a")) return "X\tExtendNumLet";
    if (oneToken("a" + c)) return "e\tExtend";
    boolean letters = oneToken("a" + c + "b"), digits = oneToken("1" + c + "2");
    if (oneToken("\u05d0" + c)) return "S\tSingleQuote";
    if (letters) return digits ? "B\tMidNumLet" : "L\tMidLetter";
    if (digits) return "M\tMidNum";
    if (oneToken("\u05d0" + c + "\u05d0")) return "D\tDoubleQuote";
    if (oneToken(c + c)) return "F\tRI";
    return oneToken(c + "\ufe0f\u20e3") ? "C\tKeycapBase" : null;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, StringBuilder> table = new TreeMap<>();
    String current = null;
    int start = 0;
    for (int point = 0; point <= Character.MAX_CODE_POINT + 1; point++) {
      boolean skipped = point > Character.MAX_CODE_POINT || (point >= 0xd800 && point <= 0xdfff);
      String next = skipped ? null : classOf(Character.toString(point));
      if (java.util.Objects.equals(next, current)) continue;
      if (current != null) {
        StringBuilder row = table.computeIfAbsent(current, key -> new StringBuilder());
        row.append(row.length() > 0 ? " " : "\t").append(Integer.toHexString(start));
        if (point - 1 > start) row.append('-').append(Integer.toHexString(point - 1));
      }
      current = next;
      start = point;
    }
    table.forEach((name, ranges) -> System.out.println(name + ranges));
  }
}
