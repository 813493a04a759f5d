function O(t){let e=new WeakMap;return n=>{let r=n.parentElement,i=e.get(r);i===void 0&&(i=t(n),e.set(r,i)),i.update(n);let o=i;return()=>{o.destroy(),e.delete(r)}}}function D(t,e){return JSON.stringify({...t,[e]:null})}function H(t){t.addEventListener("keydown",e=>{e.stopPropagation()})}var m=class t{constructor(e,n,r){this.table=e;this.base=n;this.newer=r;this.length=e.numRows,this.names=e.schema.fields.map(i=>i.name)}table;base;newer;length;names;columns=new Map;renewed(e,n){let r=new Map;for(let o=0;o<e.length;o++)r.set(e.text(n,o),o);let i=new Map;for(let o=0;o<this.length;o++){let s=r.get(this.text(n,o));s!==void 0&&i.set(o,s)}return new t(this.table,this,{frame:e,rows:i})}has(e){return this.names.includes(e)}column(e){let n=this.columns.get(e);return n===void 0&&(n=this.base?this.renewedColumn(e,this.base.column(e)):X(this.table.getChild(e),this.length),this.columns.set(e,n)),n}renewedColumn(e,n){let{newer:r}=this;if(!r?.frame.has(e))return n;let i=r.frame.column(e);return{length:n.length,at:o=>{let s=r.rows.get(o);return s===void 0?n.at(o):i.at(s)}}}text(e,n){let r=this.column(e).at(n);return r===null?"":String(r)}number(e,n){let r=this.column(e).at(n);return r===null?null:Number(r)}};function X(t,e){let n=new Array(e).fill(null);if(t!==null)for(let r=0;r<e;r++)n[r]=Z(t.get(r));return{length:e,at:r=>n[r]??null}}function Z(t){switch(typeof t){case"string":case"number":case"bigint":case"boolean":return t;case"undefined":return null;default:return t===null?null:JSON.stringify(t)}}var I=[.54,.63],Q=.15,F=new Map;function x(t){let e=F.get(t);if(e===void 0){let n=Y(t),r=n%18*360/18,i=I[Math.floor(n/18)%I.length]??.6;e=ee(i,Q,r),F.set(t,e)}return e}function Y(t){let e=2166136261;for(let n=0;n<t.length;n++)e=Math.imul(e^t.charCodeAt(n),16777619);return(e^e>>>15)>>>0}function ee(t,e,n){let r=n*Math.PI/180,i=e*Math.cos(r),o=e*Math.sin(r),s=(t+.3963377774*i+.2158037573*o)**3,d=(t-.1055613458*i-.0638541728*o)**3,u=(t-.0894841775*i-1.291485548*o)**3;return`#${[4.0767416621*s-3.3077115913*d+.2309699292*u,-1.2684380046*s+2.6097574011*d-.3413193965*u,-.0041960863*s-.7034186147*d+1.707614701*u].map(W=>{let v=Math.min(Math.max(W,0),1),J=v<=.0031308?12.92*v:1.055*v**(1/2.4)-.055;return Math.round(J*255).toString(16).padStart(2,"0")}).join("")}`}function a(t,e={},...n){let r=document.createElement(t);for(let[i,o]of Object.entries(e))o==null||o===!1||r.setAttribute(i,o===!0?"":String(o));return l(r,n),r}function l(t,e){for(let n of e)n!=null&&t.appendChild(te(n))}function te(t){return typeof t=="string"?document.createTextNode(t):t}var ne="ml-studio-runs:";function g(t,e){window.dispatchEvent(new CustomEvent(ne+t,{detail:e}))}function S(t,e){let n=new URLSearchParams({...t.query,[t.parameter]:e});return`${encodeURI(t.page)}?${n.toString()}`}function M(t,e){t.defaultPrevented||!oe(t)||(t.preventDefault(),re(e.href))}function re(t){window.history.pushState(null,"",t),window.dispatchEvent(new PopStateEvent("popstate"))}function oe(t){return t.button===0&&!(t.ctrlKey||t.metaKey||t.shiftKey||t.altKey)}var ie=9,se=new Intl.Segmenter(void 0,{granularity:"grapheme"});function ae(t,e=ie){if(t.length<=e*2)return[t,""];let r=[...se.segment(t.slice(-e*6))].map(i=>i.segment).slice(-e).join("");return[t.slice(0,t.length-r.length),r]}function E(t){let[e,n]=ae(t),r=[a("span",{class:"head"},e)];return n&&r.push(a("span",{class:"tail"},n)),r}var Ne=new Intl.Collator("en",{numeric:!0}).compare;function h(t){return t===null?"":typeof t!="number"?String(t):Number.isNaN(t)?"NaN":Number.isFinite(t)?Object.is(t,-0)?"-0":String(t):t>0?"∞":"-∞"}function V(t){let e=0;for(let n of t){if(typeof n!="number"||!Number.isFinite(n))continue;let r=String(n);if(r.includes("e"))continue;let i=r.indexOf(".");if(i>=0&&(e=Math.max(e,r.length-i-1)),e>=6)return 6}return e}function C(t,e){let n=h(t);if(n.includes("e"))return ue(n);if(!/^-?\d/.test(n))return{digits:n,cut:!1};let[r="",i=""]=n.split("."),o=i.slice(0,e),s=i.length>o.length,d=" ".repeat(e-o.length),u=i?".":e>0?" ":"";return{digits:`${r}${u}${o}${d}`,cut:s}}function N(t){if(!(t>=0))return"";let e=t/1e3;if(e<1)return`${Math.round(t)} ms`;if(e<10)return`${e.toFixed(1)} s`;if(e<60)return`${Math.round(e)} s`;let n=Math.floor(e/60);if(n<60)return`${n} min ${Math.floor(e%60)} s`;let r=Math.floor(n/60);return r<24?`${r} h ${n%60} min`:`${Math.floor(r/24)} d ${r%24} h`}var le=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});function T(t){return!t||Math.abs(t)>864e13?"":le.format(t)}function L(t){return!t||Math.abs(t)>864e13?"":new Date(t).toISOString()}function ue(t){let[e="",n=""]=t.split("e"),r=e.slice(0,5+(e.startsWith("-")?2:1)),i=r.length<e.length;return{digits:`${r}${i?"…":""}e${n}`,cut:!1}}var Ke=30*6e4;var G={FINISHED:"Finished",RUNNING:"Running",SCHEDULED:"Scheduled",FAILED:"Failed",KILLED:"Killed"};var P=300;function U(t,e){let n=t.at(e);if(n===null){let o=t.spec.kind==="number"?"none number":"none";return a("td",{class:o,"aria-label":"None"},"–")}let r=de(t,n),i=a("td",{title:r||null});if(t.spec.kind==="number"&&typeof n=="number"){let o=t.statistics.isBest(n,t.direction),s=C(n,t.statistics.fraction);return i.className=o?"number best":"number",l(i,[o?a("span",{class:"star",title:`Best: ${t.direction}`},"★ "):null,`${s.digits.trimEnd()}${s.cut?"…":""}`]),i}return i.dir="auto",i.textContent=ce(t,n,r),i}function de(t,e){return t.spec.kind==="time"?L(Number(e)):t.spec.kind==="duration"?`${Number(e)/1e3} s`:h(e)}function ce(t,e,n){switch(t.spec.kind){case"status":return G[n]??n;case"time":return T(Number(e))||"–";case"duration":return N(Number(e));default:return n.length>P?`${n.slice(0,P)}…`:n}}var pe=new Set("loss error err mae mse rmse mape smape rmsle nll perplexity ppl cost regret fid wer cer latency logloss brier deviance".split(" "));function z(t){let e=t.replace(/^metrics\./,"").replaceAll(/([a-z])([A-Z])/g,"$1 $2").toLowerCase().split(/[^a-z]+/);return/^(metrics\.)?system\//.test(t)||e.includes("epoch")?"none":e.some(n=>pe.has(n))?"lower":"higher"}var b=class{constructor(e){this.column=e}column;found;digits;differing;get range(){return this.found===void 0&&(this.found=me(this.column)),this.found}get fraction(){return this.digits??=V($(this.column)),this.digits}get differs(){return this.differing??=he(this.column),this.differing}isBest(e,n){let r=this.range;return n==="none"||r===null||r.min===r.max?!1:e===(n==="lower"?r.min:r.max)}share(e){let n=this.range;if(typeof e!="number"||!Number.isFinite(e)||n===null)return null;let r=n.max-n.min;return r>0&&Number.isFinite(r)?(e-n.min)/r:null}};function*$(t){for(let e=0;e<t.length;e++)yield t.at(e)}function me(t){let e=1/0,n=-1/0;for(let r of $(t))typeof r!="number"||!Number.isFinite(r)||(r<e&&(e=r),r>n&&(n=r));return e<=n?{min:e,max:n}:null}function he(t){let e=t.length?t.at(0):null;for(let n of $(t))if(!Object.is(n,e))return!0;return!1}var fe={params:"Parameters",metrics:"Metrics",tags:"Tags",run:"Attributes",attributes:"Attributes"},ge=["Parameters","Metrics","Tags","Attributes"];function _(t,e,n){return e.filter(r=>r.kind!=="name"&&t.has(r.field)).map(r=>{let i=t.column(r.field);return{section:fe[r.group],spec:r,statistics:new b(i),direction:r.group==="metrics"?n[r.id]??z(r.id):"none",at:o=>i.at(o)}})}function K(t,e,n){let r=n.trim().toLowerCase(),i=t.filter(o=>(!e||o.statistics.differs)&&(!r||o.spec.label.toLowerCase().includes(r)));return ge.flatMap(o=>{let s=i.filter(d=>d.section===o);return s.length?[{section:o,count:s.length},...s]:[]})}function k(t){return"spec"in t}function R(t,e,n,r){let i=Math.max(0,Math.floor(t/n)-6),o=Math.min(r,Math.ceil((t+e)/n)+6);return i<o?{first:i,end:o}:{first:Math.max(0,r-6),end:r}}function A(t,e,n,r){return t.first*r<=e&&t.end*r>=e+n}var f=32,p=168,j=210,y=class{constructor(e,n){this.args=e;let r=a("div",{class:"bar"},a("label",{class:"check"},this.only,"Only what differs"),this.search,this.told);l(this.scroller,[this.table]),l(this.root,[r,this.scroller]),l(e.parentElement,[a("style",{},n),this.root]),H(this.root),this.only.checked=e.data.lines==="differing",this.only.addEventListener("change",()=>{this.args.setStateValue("lines",this.only.checked?"differing":"all"),this.choose()}),this.search.addEventListener("input",()=>{this.choose()}),this.scroller.addEventListener("scroll",()=>{this.look()}),this.table.addEventListener("pointerover",i=>{let o=i.target.closest("[data-run]");g("hover",o?.dataset.run??null)}),this.table.addEventListener("pointerleave",()=>{g("hover",null)}),this.resized=new ResizeObserver(()=>{this.look()}),this.resized.observe(this.scroller)}args;root=a("div",{class:"run-comparison"});only=a("input",{type:"checkbox"});search=a("input",{type:"search",placeholder:"Search lines","aria-label":"Search lines"});told=a("span",{class:"told",role:"status"});scroller=a("div",{class:"scroller",tabindex:0,role:"region"});table=a("table");resized;said="";frame=new m({numRows:0,schema:{fields:[]},getChild:()=>null});lines=[];rows=[];page="run";drawn=null;update(e){this.args=e;let n=D(e.data,"frame");if(n===this.said)return;this.said=n;let{data:r}=e;this.page=r.page,this.frame=new m(r.frame),this.lines=_(this.frame,r.columns,r.best),this.scroller.setAttribute("aria-label",r.label),this.scroller.style.maxHeight=`${r.height}px`,this.choose()}destroy(){this.resized.disconnect(),g("hover",null),this.root.remove()}choose(){this.rows=K(this.lines,this.only.checked,this.search.value);let e=this.rows.filter(k).length;this.told.textContent=`${e} of ${this.lines.length} lines, ${this.frame.length} runs`,this.drawn=null,this.look()}look(){let{scrollTop:e,scrollLeft:n,clientHeight:r,clientWidth:i}=this.scroller,o=Math.max(i-j,p),s=Math.max(r,this.args.data.height);this.drawn!==null&&A(this.drawn.columns,n,Math.min(o,this.frame.length*p-n),p)&&A(this.drawn.rows,e,Math.min(s,this.rows.length*f-e),f)||(this.drawn={rows:R(e,s,f,this.rows.length),columns:R(n,o,p,this.frame.length)},this.draw(this.drawn.rows,this.drawn.columns))}draw(e,n){let i=this.root.getRootNode().activeElement?.closest("th[data-run]")?.dataset.run,o=n.first*p,s=(this.frame.length-n.end)*p;this.table.style.width=`${j+this.frame.length*p}px`,this.table.setAttribute("aria-rowcount",String(this.rows.length+1)),this.table.setAttribute("aria-colcount",String(this.frame.length+1));let d=a("tbody");l(d,[B(e.first*f)]);for(let u=e.first;u<e.end;u++){let c=this.rows[u];c&&l(d,[this.drawRow(c,u,n,o,s)])}l(d,[B((this.rows.length-e.end)*f)]),this.rows.length||l(d,[this.nothing()]),this.table.replaceChildren(this.drawHead(n,o,s),d),i&&this.table.querySelector(`th[data-run="${CSS.escape(i)}"] a`)?.focus()}drawHead(e,n,r){let i=a("tr",{"aria-rowindex":1});l(i,[a("th",{class:"corner",scope:"col"},"Run"),w("th",n)]);for(let o=e.first;o<e.end;o++)l(i,[this.drawRun(o)]);return l(i,[w("th",r)]),a("thead",{},i)}drawRun(e){let n=this.frame.text("run_id",e),r=this.frame.text("run_name",e)||n,i={project:this.frame.text("project",e)},o=a("a",{href:S({page:this.page,query:i,parameter:"run_id"},n),title:`${r}
${this.frame.text("experiment_name",e)}`,dir:"auto"});l(o,E(r)),o.addEventListener("click",u=>{M(u,o)});let s=a("span",{class:"dot","aria-hidden":"true"});s.style.setProperty("--run",x(n));let d=a("th",{scope:"col","data-run":n,"aria-colindex":e+2});return l(d,[a("div",{class:"run"},s,o)]),d}drawRow(e,n,r,i,o){let s=a("tr",{"aria-rowindex":n+2});if(!k(e)){s.className="section";let u=`${e.section} ${e.count}`,c={scope:"rowgroup",colspan:r.end-r.first+3};return l(s,[a("th",c,a("span",{},u))]),s}let d={scope:"row",title:e.spec.label,dir:"auto"};l(s,[a("th",d,e.spec.label),w("td",i)]);for(let u=r.first;u<r.end;u++){let c=U(e,u);c.dataset.run=this.frame.text("run_id",u),c.setAttribute("aria-colindex",String(u+2)),l(s,[c])}return l(s,[w("td",o)]),s}nothing(){let e=this.search.value.trim()?"No line has these letters in its name.":"These runs are the same in all that they logged.";return a("tr",{},a("td",{class:"nothing",colspan:4},e))}};function B(t){let e=a("tr",{class:"space","aria-hidden":"true"});return e.style.height=`${t}px`,e}function w(t,e){let n=a(t,{class:"gap","aria-hidden":"true"});return n.style.width=`${e}px`,n}var q=`.run-comparison {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
}
.run-comparison * { box-sizing: border-box; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
.told { margin-inline-start: auto; color: var(--faint); }
.check { display: inline-flex; align-items: center; gap: 6px; min-height: 24px; cursor: pointer; }
/* Drawn here: the browser's own follows the system's theme, not Streamlit's. */
input[type="checkbox"] {
  display: grid;
  place-content: center;
  width: 16px;
  height: 16px;
  margin: 0;
  appearance: none;
  border: 1.5px solid var(--faint);
  border-radius: 4px;
  background: var(--st-background-color);
  cursor: pointer;
}
input[type="checkbox"]::before { content: ""; width: 10px; height: 10px; transform: scale(0);
  background: var(--st-background-color);
  clip-path: polygon(14% 44%, 0 60%, 40% 98%, 100% 20%, 84% 8%, 38% 68%); }
input[type="checkbox"]:checked { border-color: var(--st-primary-color);
  background: var(--st-primary-color); }
input[type="checkbox"]:checked::before { transform: none; }
input[type="search"] {
  height: 32px;
  width: 190px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-button-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }

.scroller { overflow: auto; border: 1px solid var(--line); border-radius: 8px; }
table {
  min-width: 100%;
  border-spacing: 0;
  table-layout: fixed;
  font-variant-numeric: tabular-nums;
}
tr { height: 32px; }
th, td {
  width: 168px;
  padding: 0 10px;
  overflow: hidden;
  border-bottom: 1px solid var(--line);
  text-align: start;
  text-overflow: ellipsis;
  white-space: pre;
  unicode-bidi: isolate;
}
th { font-weight: 400; background: var(--st-background-color); }
thead th { position: sticky; top: 0; z-index: 1; background: var(--st-secondary-background-color); }
.corner, tbody th { position: sticky; inset-inline-start: 0; width: 210px; z-index: 1; color: var(--faint);
  border-inline-end: 1px solid var(--line); }
thead .corner { z-index: 2; }
.section th { color: var(--st-text-color); font-weight: 600;
  background: var(--st-secondary-background-color); }
.section th { width: auto; border-inline-end: 0; }
.gap { padding: 0; }
.space, .space td { border: 0; }
tbody tr:hover td { background: color-mix(in srgb, var(--st-primary-color) 6%, transparent); }
.number { text-align: end; }
.best { font-weight: 600; }
.star { color: var(--st-primary-color); }
.none { color: var(--faint); }
.nothing { padding: 24px 10px; color: var(--faint); }
.run { display: flex; align-items: center; gap: 6px; min-width: 0; }
.run a { display: flex; flex: 1 1 auto; min-width: 0; color: var(--st-link-color); text-decoration: none; }
.run a:hover { text-decoration: underline; }
.head { overflow: hidden; text-overflow: ellipsis; }
.tail { flex: none; max-width: 70%; overflow: hidden; }
.dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--run); }
@media (max-width: 640px) {
  .corner, tbody th { width: 120px; }
  th, td { padding: 0 6px; }
}
`;var gt=O(t=>new y(t,q));export{gt as default};
